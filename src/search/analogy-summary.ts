/**
 * Summarises the scores of all questions under all models as means with intervals, separately for questions
 * whose answer was not in the training set. Within a group, a question counts once: with its mean over the
 * models that put it there.
 */
import { mean } from 'simple-statistics';
import {
  ANALOGY_ANSWERS,
  ANALOGY_FORMS,
  type AnalogyAnswer,
  type AnalogyForm,
  type AnalogyMeasures,
  type AnalogyScores,
} from './image-analogies.js';
import { type Estimate, resampler } from './resample.js';

/** The scores of one question under one model. */
export interface AnalogyTrial {
  /** Index of the question. */
  readonly question: number;
  /** Index of the model. */
  readonly model: number;
  /** Which of the question's labels were not in this model's training set. */
  readonly unseen: readonly ('a' | 'b' | 'c' | 'd')[];
  readonly scores: AnalogyScores;
}

/**
 * `d unseen`: d is unseen, whatever a, b and c are. `seen`: all four are seen. `other`: d is seen, but one of
 * a, b, c is not.
 */
export const ANALOGY_GROUPS = ['d unseen', 'seen', 'other'] as const;
export type AnalogyGroupName = (typeof ANALOGY_GROUPS)[number];

type MeasureName = keyof AnalogyMeasures;
const MEASURES: readonly MeasureName[] = ['hit1', 'hit5', 'rank'];

/** Means over questions with 95 % intervals by bootstrap over questions. */
export interface AnalogyFormSummary {
  readonly answers: Readonly<Record<AnalogyAnswer, Readonly<Record<MeasureName, Estimate>>>>;
  /** Difference between the arithmetic and the nearest label to b or to c alone, paired by question. */
  readonly above: Readonly<Record<'b' | 'c', Readonly<Record<MeasureName, Estimate>>>>;
}

export interface AnalogyGroup {
  readonly group: AnalogyGroupName;
  /** Number of questions that at least one model puts into this group. */
  readonly questions: number;
  /** Number of pairs of question and model. */
  readonly trials: number;
  readonly forms: Readonly<Record<AnalogyForm, AnalogyFormSummary>>;
  /** Results of the arithmetic for each question, in file order. */
  readonly each: readonly {
    /** Index of the question. */
    readonly question: number;
    /** Number of models that put it into this group. */
    readonly models: number;
    readonly forms: Readonly<Record<AnalogyForm, AnalogyMeasures>>;
  }[];
  /** Results of the arithmetic by section; sections without a question in this group are left out. */
  readonly sections: readonly {
    readonly section: string;
    readonly questions: number;
    readonly forms: Readonly<Record<AnalogyForm, AnalogyMeasures>>;
  }[];
}

/** The group of a trial. */
export function groupOf({ unseen }: Pick<AnalogyTrial, 'unseen'>): AnalogyGroupName {
  if (unseen.includes('d')) return 'd unseen';
  return unseen.length === 0 ? 'seen' : 'other';
}

/**
 * Summarises trials by group; empty groups are left out.
 *
 * @param sectionOf for each question, its index in `sections`
 */
export function summariseAnalogies(
  trials: readonly AnalogyTrial[],
  sectionOf: readonly number[],
  sections: readonly string[],
  seed: number,
): AnalogyGroup[] {
  return ANALOGY_GROUPS.flatMap((group) => {
    const own = trials.filter((trial) => groupOf(trial) === group);
    if (own.length === 0) return [];
    const asked = [...new Set(own.map(({ question }) => question))].sort((x, y) => x - y);
    const trialsOf = new Map(asked.map((q) => [q, own.filter(({ question }) => question === q)]));
    const values = (
      form: AnalogyForm,
      answer: AnalogyAnswer,
      name: MeasureName,
      of: readonly number[] = asked,
    ) => of.map((q) => mean(trialsOf.get(q)!.map(({ scores }) => scores[form][answer][name])));
    const estimate = resampler(asked.length, seed);
    const every = <K extends string, V>(keys: readonly K[], make: (key: K) => V) =>
      Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, V>;

    const forms = every(ANALOGY_FORMS, (form): AnalogyFormSummary => {
      const lists = every(ANALOGY_ANSWERS, (answer) => every(MEASURES, (name) => values(form, answer, name)));
      return {
        answers: every(ANALOGY_ANSWERS, (answer) => every(MEASURES, (name) => estimate(lists[answer][name]))),
        above: every(['b', 'c'], (answer) =>
          every(MEASURES, (name) =>
            estimate(lists.arithmetic[name].map((x, i) => x - lists[answer][name][i])),
          ),
        ),
      };
    });
    const arithmetic = (of: readonly number[]) =>
      every(ANALOGY_FORMS, (form) => every(MEASURES, (name) => mean(values(form, 'arithmetic', name, of))));
    const each = asked.map((question) => ({
      question,
      models: trialsOf.get(question)!.length,
      forms: arithmetic([question]),
    }));
    const bySection = sections.flatMap((section, s) => {
      const of = asked.filter((q) => sectionOf[q] === s);
      return of.length > 0 ? [{ section, questions: of.length, forms: arithmetic(of) }] : [];
    });
    return [{ group, questions: asked.length, trials: own.length, forms, each, sections: bySection }];
  });
}
