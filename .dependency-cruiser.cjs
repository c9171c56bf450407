// The order of imports, as a gate: a folder of src/ uses only folders that stand before it (ARCHITECTURE.md, "One
// way"). Folders of one tier do not use each other. `npm run imports` checks it.

const { builtinModules } = require('node:module');

const TIERS = [
  ['util'],
  ['formats', 'binding'],
  ['data', 'words'],
  ['nn', 'layout'],
  ['engine'],
  ['train'],
  ['readings'],
  ['crossval'],
  ['statistics', 'search', 'queue'],
  ['figures', 'browser'],
  ['report'],
  ['server'],
  ['cli'],
];

/** What a folder of tier `i` must not reach: its siblings and every later tier. */
const wayRules = TIERS.flatMap((tier, i) =>
  tier.map((folder) => {
    const forbidden = [...tier.filter((other) => other !== folder), ...TIERS.slice(i + 1).flat()];
    return {
      name: `one-way-${folder}`,
      comment: `src/${folder} stands before ${forbidden.join(', ') || 'nothing'}`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: `^src/(index\\.ts|(${forbidden.join('|') || 'index'})/)` },
    };
  }),
);

module.exports = {
  forbidden: [
    ...wayRules,
    {
      name: 'a-known-folder',
      comment: 'a new folder of src/ needs a place in TIERS',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(index\\.ts$|(${TIERS.flat().join('|')})/)` },
      to: {},
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'of types alone too: whoever reads one file of a cycle has to read them all',
      from: { path: '^(src|test|bench)/' },
      to: { circular: true },
    },
    {
      name: 'numbers-draw-nothing',
      comment:
        'statistics are for programs too: without Plot, a document or a renderer in their import graph',
      severity: 'error',
      from: { path: '^src/statistics/' },
      to: { path: 'node_modules/(@observablehq|linkedom|@resvg)', reachable: true },
    },
    {
      name: 'browser-needs-no-node',
      severity: 'error',
      comment: 'a page has no Node: split what a module needs of it from what both worlds share',
      from: { path: '^src/browser/' },
      to: { path: `^(node:)?(${builtinModules.join('|')})$`, reachable: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'only-dependencies',
      comment: 'what runs for users is among the dependencies, not the devDependencies',
      severity: 'error',
      from: { path: '^src/' },
      // Types of an untyped package are a matter of the build alone.
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: '^node_modules/@types/' },
    },
    {
      name: 'not-to-test',
      severity: 'error',
      from: { path: '^(src|bench)/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
