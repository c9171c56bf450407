/** Runs given on the command line: their display names, and the seeds in a directory of seeds. */
import { basename, join, resolve } from 'node:path';
import { superclassNames } from '../../crossval/protocols.js';
import type { RunFile } from '../../crossval/run-file.js';
import { seedRuns } from '../../crossval/runs.js';
import { LABEL_WEIGHT } from '../../train/index.js';
import { LexelError } from '../../util/errors.js';
import { chosenReading, type RunReading } from '../fold-reading.js';
import { loadRun, type RunData } from '../load.js';

/**
 * The facts that must be equal for two runs to be the same experiment apart from the seed. From a run file or
 * a summary.
 */
export interface ExperimentFacts {
  readonly protocol: string;
  readonly recipe: string;
  readonly control?: string | null;
  readonly preset: string;
  readonly normalisation: string;
  readonly config: object;
  readonly images: string;
  /** Name of each class's superclass. */
  readonly superclasses: readonly (string | null)[];
  readonly wordVectors: string;
}

export function factsOf(run: RunFile): ExperimentFacts {
  const { protocol, recipe, control, preset, normalisation, config, dataset, words } = run;
  return {
    ...{ protocol, recipe, control, preset, normalisation, config },
    images: dataset.hash,
    superclasses: superclassNames(dataset),
    wordVectors: words.checksum,
  };
}

/**
 * Checks that runs of several seeds are one experiment; otherwise other differences would be attributed to
 * the seed.
 * @throws LexelError naming the first difference
 */
export function checkOneExperiment(
  runs: readonly { readonly dir: string; readonly facts: ExperimentFacts }[],
): void {
  const listed = ({ config, ...facts }: ExperimentFacts) =>
    new Map<string, unknown>(Object.entries({ ...facts, control: facts.control ?? null, ...config }));
  const [first, ...others] = runs;
  const known = listed(first.facts);
  for (const other of others) {
    const facts = listed(other.facts);
    // A setting that is off is absent.
    for (const name of new Set([...known.keys(), ...facts.keys()])) {
      const value = facts.get(name);
      if (JSON.stringify(known.get(name)) === JSON.stringify(value)) continue;
      throw new LexelError(
        `${first.dir} and ${other.dir} are different experiments: ${differenceText(NAMES[name] ?? name, known.get(name), value)}`,
        'Report each run separately: lexel report <run>.',
      );
    }
  }
}

const NAMES: Readonly<Record<string, string>> = { wordVectors: 'word vectors' };

/** "epochs is 2 and 3"; long values are left out. */
function differenceText(name: string, before: unknown, after: unknown): string {
  const values = [before, after].map((value) => JSON.stringify(value));
  return values.some((text) => text?.length > 100) ? `${name} differ` : `${name} is ${values.join(' and ')}`;
}

/**
 * Loads a run, or all runs of a directory of seeds.
 * @throws LexelError if the seeds are not one experiment; and like {@link loadRun}
 */
export function loadSeeds(dir: string, reading?: string): RunData[] {
  const runs = (seedDirectories(dir) ?? [dir]).map((path) => loadRun(path, reading));
  checkOneExperiment(runs.map(({ run }) => ({ dir: run.dir, facts: factsOf(run.run) })));
  return runs;
}

/** Paths of the runs in a `--seeds` directory, by seed; null if it is not such a directory. */
export function seedDirectories(dir: string): string[] | null {
  const names = seedRuns(dir);
  return names.length > 0 ? names.map((name) => join(dir, name)) : null;
}

/** The name of the run's control ("permuted", "random", …), or null for the experiment itself. */
export function controlOf(run: RunFile): string | null {
  return run.control ?? null;
}

/** The folder's name and the settings that distinguish the run. */
export function runName(dir: string, run: RunFile, reading?: RunReading): string {
  const control = controlOf(run);
  const { ranking, labelWeight = LABEL_WEIGHT, patience, keepBest } = run.config;
  const by = reading && chosenReading(reading);
  const facts = [
    control ? `control ${control}` : `recipe ${run.recipe}`,
    ...(ranking === undefined ? [] : [`ranking loss ${ranking}`]),
    ...(labelWeight === LABEL_WEIGHT ? [] : [`label weight ${labelWeight}`]),
    ...(patience === undefined ? [] : [`patience ${patience}`]),
    ...(keepBest ? ['best epoch'] : []),
    ...(by === undefined ? [] : [`read by ${by}`]),
  ];
  return `${basename(resolve(dir))} (${facts.join(', ')})`;
}

/** @throws LexelError if two runs were evaluated on different images or normalised differently */
export function checkComparable(
  first: { dir: string; run: RunFile },
  other: { dir: string; run: RunFile },
): void {
  const [before, after] = [first.run.normalisation, other.run.normalisation];
  if (before !== after) {
    throw new LexelError(
      `${first.dir} and ${other.dir} cannot be paired: their normalisation is "${before}" and "${after}" (earlier ` +
        'versions normalised with the whole data set, held-out images included)',
      'train both with the same version',
    );
  }
  if (first.run.dataset.hash === other.run.dataset.hash) return;
  throw new LexelError(
    `${other.dir} was trained on different images (${other.run.dataset.name}, hash ${other.run.dataset.hash}) than ${first.dir} ` +
      `(${first.run.dataset.name}, hash ${first.run.dataset.hash})`,
    'only runs of the same data set can be compared',
  );
}
