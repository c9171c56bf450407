/**
 * The runs behind docs/RESULTS.md, in the order of execution. docs/results contains each under its name here.
 */
import { BUNDLED_MODEL } from '../../dist/search/open-model.js';
import { loadModel } from '../../dist/train/index.js';
import { deriveKey, Random } from '../../dist/util/random.js';

/** The rotations that results quote. Rotation 4 is used to choose recipes, settings and readings. */
export const JUDGED = [0, 1, 2, 3];
const ALL = [...JUDGED, 4];
/** The reading of the recipe `joint`, and the reading of `poster` that is measured beside its own head. */
export const READ_BY = { joint: 'conse+reverse-ridge', poster: 'reverse-ridge' };
export const SEEDS = [0, 1, 2, 3, 4];
/** The seeds on which the claims about `joint` are based. */
export const JOINT_SEEDS = [0, 1, 2];
/** Each seed draws another permutation of the words. */
export const PERMUTATIONS = [0, 1, 2];
export const CONTROLS = ['one-hot', 'random', 'frozen'];
/**
 * Recipes other than `poster` and `joint`. `ranking`: DeViSE's hinge loss with this margin instead of the
 * recipe's own loss.
 */
export const RECIPES = [
  ...['centred', 'unit', 'abtt', 'whitened', 'softmax'].map((recipe) => ({ name: recipe, recipe })),
  ...['poster', 'centred'].map((recipe) => ({ name: `${recipe}-ranking`, recipe, ranking: 0.1 })),
];
export const NETS = ['efficientnet-b0', 'micronet'];

/** The first n classes of a fixed shuffled order, so that more can be added later. */
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
  // A fold with one held-out class has no AUSUC without the seen classes' outputs.
  extra: ['--keep-outputs', 'seen'],
  ...what,
});

/**
 * @typedef {object} Job
 * @property {string} step
 * @property {string} name of the run's directory
 * @property {string} protocol
 * @property {string[]} which options that select folds
 * @property {string[]} folds ids that must be finished
 * @property {string} [net] default lite
 * @property {string} [recipe] default poster
 * @property {number} [ranking]
 * @property {string} [control]
 * @property {string} [init]
 * @property {number} [seed] default 0
 * @property {number} [epochs] default 25
 * @property {string[]} [extra] further options
 * @property {string[]} [readings] of which further records are kept, besides the network's own
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
  ...RECIPES.map(({ name, ...what }) => rotations('recipes', `recipe-${name}`, JUDGED, what)),
  ...NETS.map((net) => rotations('nets', `rotations-${net}`, ALL, { net })),
  loo('loo-controls', 'loo-permuted', someClasses(20), { control: 'permuted' }),
  loo('loo-controls', 'loo-micronet', someClasses(3), { net: 'micronet' }),
  // Folds of loo-poster once more, on a CPU with another instruction set.
  loo('drift', 'loo-drift', ['apple', 'aquarium_fish']),
];

/** The runs whose image analogies are measured. */
export const ANALOGIES_OF = ['rotations-poster/seed-0'];

/** The arguments of `lexel loo` for a run, without directories and resources. */
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
