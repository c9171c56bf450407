/** Other runs beside a run: the same statistics on the classes that all of them have held out in the same groups. */
import { mean } from 'simple-statistics';
import { LexelError } from '../../util/errors.js';
import { aggregate } from '../aggregate.js';
import { loadRun, type RunData } from '../load.js';
import { relativeChange, type Statistic } from '../measures.js';
import type { Measures } from '../pair-table.js';
import type { AnswerInput } from './answer.js';
import { commonClasses, measuredClasses } from './measured.js';
import { checkComparable, controlOf, runName, seedDirectories } from './runs.js';

export interface BesideRun {
  readonly name: string;
  readonly control: string | null;
  readonly recipe: string;
  readonly epochs: number;
  readonly values: Readonly<Record<Statistic, number | null>>;
  readonly answer: AnswerInput;
}

export interface Beside {
  /** Classes that all runs have. */
  readonly classes: number;
  /** Of the run itself there are more: its own column elsewhere is over all of them. */
  readonly fewerThanOwn: boolean;
  readonly own: BesideRun;
  readonly runs: readonly BesideRun[];
  /** What makes them differ apart from control and recipe, in words. */
  readonly cautions: readonly string[];
}

/** @throws LexelError when a run has no class in common, or other images; and as {@link loadRun} */
export function besideRuns(own: RunData, dirs: readonly string[]): Beside {
  const others = dirs.map((dir) => loadRun(seedDirectories(dir)?.[0] ?? dir));
  const all = [own, ...others];
  for (const { run } of others) checkComparable(own.run, run);
  const measured = all.map(measuredClasses);
  const common = commonClasses(measured);
  if (common[0].length === 0) {
    throw new LexelError(
      `no class was held out, in the same group, by all of ${all.map(({ run }) => run.dir).join(', ')}`,
      'train the controls with the same --protocol and --folds',
    );
  }
  const [first, ...rest] = all.map((data, i) =>
    besideRun(
      data,
      common[i].map(({ entry }) => entry),
    ),
  );
  return {
    classes: common[0].length,
    fewerThanOwn: common[0].length < measured[0].length,
    own: first,
    runs: rest,
    cautions: rest.flatMap((run, i) => cautionsOn(own, others[i], run)),
  };
}

function besideRun({ run: { dir, run } }: RunData, entries: readonly Measures[]): BesideRun {
  const values = aggregate(entries);
  return {
    name: runName(dir, run),
    control: controlOf(run),
    recipe: run.recipe,
    epochs: run.config.epochs,
    values,
    answer: {
      label: runName(dir, run),
      meanChange: mean(entries.map((e) => relativeChange(e.finalLoss, e.initialLoss))),
      meanVectorMeanChange: mean(entries.map((e) => relativeChange(e.meanVectorLoss, e.initialLoss))),
      calibratedSkill: values.calibratedSkill,
    },
  };
}

function cautionsOn(own: RunData, other: RunData, { name }: BesideRun): string[] {
  const [a, b] = [own.run.run, other.run.run];
  const differences = (['net', 'epochs', 'limit', 'batch', 'learningRate'] as const).flatMap((key) =>
    a.config[key] === b.config[key]
      ? []
      : [`${key} ${b.config[key] ?? 'none'}, not ${a.config[key] ?? 'none'}`],
  );
  const words = a.words.checksum === b.words.checksum ? [] : ['other word vectors'];
  const list = [...differences, ...words];
  const found = list.length > 0 ? [`${name} was trained otherwise too: ${list.join('; ')}.`] : [];
  if (a.recipe !== b.recipe)
    found.push(`${name} has a space of its own: its losses, skill and relative change do not compare.`);
  return found;
}
