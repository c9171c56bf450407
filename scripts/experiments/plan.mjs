/**
 * The runs behind docs/RESULTS.md, in the order in which they are made. docs/results has each under its name here.
 */
import { BUNDLED_MODEL } from '../../dist/search/open-model.js';
import { loadModel } from '../../dist/train/index.js';
import { deriveKey, Random } from '../../dist/util/random.js';

/** Rotations that results quote. Rotation 4 is where recipes, settings and readings are chosen. */
export const JUDGED = [0, 1, 2, 3];
const ALL = [...JUDGED, 4];
/** What an answer of the recipe `joint` is read by, and what `poster`'s network is read by beside its own head. */
export const READ_BY = { joint: 'conse+reverse-ridge', poster: 'reverse-ridge' };
export const SEEDS = [0, 1, 2, 3, 4];
/** What is claimed of `joint` rests on these. */
export const JOINT_SEEDS = [0, 1, 2];
/** Each seed permutes the words in its own way. */
export const PERMUTATIONS = [0, 1, 2];
export const CONTROLS = ['one-hot', 'random', 'frozen'];
/** Recipes beside `poster` and `joint`. Ranking: DeViSE's hinge at this margin in place of the recipe's own loss. */
export const RECIPES = [
  ...['centred', 'unit', 'abtt', 'whitened', 'softmax'].map((recipe) => ({ name: recipe, recipe })),
  ...['poster', 'centred'].map((recipe) => ({ name: `${recipe}-ranking`, recipe, ranking: 0.1 })),
];
export const NETS = ['efficientnet-b0', 'micronet'];

/** The first n classes of one fixed shuffled order, so that more can be added later. */
export function someClasses(n) {
  const order = new Random(deriveKey(0, 'experiments', 'loo'));
  return order.shuffle([...loadModel(BUNDLED_MODEL).labels]).slice(0, n);
}

const rotations = (step, name, numbers, what = {}) => ({
  step,
  name,
  protocol: 'one-per-superclass',
  which: numbers.length < ALL.length ? ['--folds', numbers.join(',')] : [],
  folds: numbers.map((r) => `rotation-${r}`),
  ...what,
});
const loo = (step, name, classes, what = {}) => ({
  step,
  name,
  protocol: 'loo',
  which: classes ? ['--classes', classes.join(',')] : [],
  folds: classes ?? [...loadModel(BUNDLED_MODEL).labels],
  // Without the seen classes' outputs a fold of one class has no AUSUC.
  extra: ['--keep-outputs', 'seen'],
  ...what,
});

/**
 * @typedef {object} Job
 * @property {string} step
 * @property {string} name of its directory
 * @property {string} protocol
 * @property {string[]} which options that choose folds
 * @property {string[]} folds ids that have to be finished
 * @property {string} [net] default lite
 * @property {string} [recipe] default poster
 * @property {number} [ranking]
 * @property {string} [control]
 * @property {string} [init]
 * @property {number} [seed] default 0
 * @property {number} [epochs] default 25
 * @property {string[]} [extra] further options
 * @property {string[]} [readings] that records are kept of beside the network's own
 */

/** @type {Job[]} */
export const RUNS = [
  loo('loo', 'loo-poster', null),
  ...SEEDS.map((seed) =>
    rotations('rotations', `rotations-poster/seed-${seed}`, ALL, { seed, readings: [READ_BY.poster] }),
  ),
  ...JOINT_SEEDS.map((seed) =>
    rotations('joint', `rotations-joint/seed-${seed}`, JUDGED, {
      recipe: 'joint',
      seed,
      readings: [READ_BY.joint, 'conse', 'reverse-ridge'],
    }),
  ),
  ...CONTROLS.map((control) => rotations('controls', `control-${control}`, [0, 1], { control })),
  ...PERMUTATIONS.map((seed) =>
    rotations('controls', `control-permuted/seed-${seed}`, [0, 1], { control: 'permuted', seed }),
  ),
  {
    step: 'holdout',
    name: 'holdout-poster',
    protocol: 'holdout:20',
    which: [],
    folds: [0, 1, 2, 3, 4].map((split) => `split-${split}`),
  },
  rotations('start', 'rotations-pytorch-start', ALL, { init: 'pytorch' }),
  ...RECIPES.map(({ name, ...what }) => rotations('recipes', `recipe-${name}`, ALL, what)),
  ...NETS.map((net) => rotations('nets', `rotations-${net}`, ALL, { net })),
  loo('loo-controls', 'loo-permuted', someClasses(20), { control: 'permuted' }),
  loo('loo-controls', 'loo-micronet', someClasses(3), { net: 'micronet' }),
];

/** Runs of which image analogies are measured. */
export const ANALOGIES_OF = ['rotations-poster/seed-0'];

/** Arguments of `lexel loo` for a run, without where it goes and what it goes with. */
export function argumentsOf(job, rehearse) {
  const { protocol, which, recipe = 'poster', ranking, control, init, extra = [] } = job;
  return [
    ...['loo', '--data', 'cifar-100', '--words', 'glove', '--net', job.net ?? 'lite', '--recipe', recipe],
    ...(ranking ? ['--ranking', String(ranking)] : []),
    ...(control ? ['--control', control] : []),
    ...(init ? ['--init', init] : []),
    ...['--protocol', protocol, ...which, '--epochs', String(epochsOf(job, rehearse))],
    ...(rehearse ? ['--limit', '2000'] : []),
    ...extra,
    ...['--seed', String(job.seed ?? 0)],
  ];
}

export const epochsOf = ({ epochs = 25 }, rehearse) => (rehearse ? 1 : epochs);
