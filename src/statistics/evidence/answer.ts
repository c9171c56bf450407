/**
 * Splits the gain into learning the centre of the space and semantic transfer. The mean relative change is
 * exactly the sum, class by class, of what the mean vector alone achieves and the rest: (LE − L0)/L0 = (Lm −
 * L0)/L0 + (LE − Lm)/L0. Calibrated skill is the share of the mean vector's loss that the outputs' direction
 * removes once their overconfidence is corrected; it is reported with its null.
 */
import { change, fixed, percent, pValue } from '../../util/format.js';
import type { DeepReadonly } from '../../util/read-only.js';
import { count } from '../../util/schema-parts.js';
import * as z from '../../util/zod.js';
import type { NullInterval } from '../permutation-null.js';
import type { Interval } from './bootstrap.js';

export const answerInputSchema = z.object({
  label: z.string(),
  /** Number of runs that are averaged: seeds, or permutations of a control. */
  runs: count,
  /** Means over the held-out classes of (LE − L0)/L0 and (Lm − L0)/L0. */
  meanChange: z.number(),
  meanVectorMeanChange: z.number(),
  calibratedSkill: z.number().nullable(),
});
export type AnswerInput = DeepReadonly<z.infer<typeof answerInputSchema>>;

export const answerSchema = z.object({
  ...answerInputSchema.pick({ meanChange: true, meanVectorMeanChange: true }).shape,
  /** meanChange − meanVectorMeanChange; negative if the loss falls below the mean vector's. */
  rest: z.number(),
  /**
   * Share of the decrease beyond the mean vector's; 0 if there is none, null if the loss did not decrease.
   */
  shareBeyondMean: z.number().nullable(),
  sentences: z.array(z.string()),
});
export type Answer = DeepReadonly<z.infer<typeof answerSchema>>;

/** @param control the same experiment with permuted words, on the same classes, if there is one */
export function answer(
  run: AnswerInput,
  context: {
    readonly interval: Interval | null;
    readonly permutationNull: NullInterval | null;
    readonly control?: AnswerInput;
    /** This run, restricted to the classes that the control also has. */
    readonly onSameClasses?: AnswerInput;
  },
): Answer {
  const { meanChange, meanVectorMeanChange } = run;
  const rest = meanChange - meanVectorMeanChange;
  const shareBeyondMean = meanChange < 0 ? Math.max(0, Math.min(1, rest / meanChange)) : null;
  return {
    meanChange,
    meanVectorMeanChange,
    rest,
    shareBeyondMean,
    sentences: [
      lossSentence(run, shareBeyondMean),
      skillSentence(run, context),
      ...(context.control ? [controlSentence(context.onSameClasses ?? run, context.control)] : []),
    ],
  };
}

function lossSentence(
  { meanChange, meanVectorMeanChange: control }: AnswerInput,
  share: number | null,
): string {
  const start =
    `The loss of held-out classes changes by ${change(meanChange)} on average, and always answering the mean of the ` +
    `seen words, without an image, changes it by ${change(control)}: `;
  if (share === null) return `${start}training has not lowered it, so there is no gain to divide.`;
  if (share === 0) return `${start}measured by the loss alone, none of the gain is semantic transfer.`;
  if (control >= 0)
    return `${start}measured by the loss alone, all of the gain is beyond the centre of the space.`;
  return `${start}${percent(1 - share, 0)} of the gain is the centre of the space, and at most ${percent(share, 0)} semantic transfer.`;
}

function skillSentence(
  { calibratedSkill }: AnswerInput,
  { interval, permutationNull }: { interval: Interval | null; permutationNull: NullInterval | null },
): string {
  if (calibratedSkill === null)
    return 'Calibrated skill, which would tell transfer from overconfidence, is n/a: it needs ten held-out classes.';
  const nulls = [
    interval ? `95 % interval ${fixed(interval.low, 3)} to ${fixed(interval.high, 3)}` : '',
    permutationNull
      ? `${fixed(permutationNull.low, 4)} to ${fixed(permutationNull.high, 4)} with the words permuted, p\u00a0${equals(permutationNull.p)}`
      : '0 without transfer',
  ].filter((text) => text !== '');
  const shrunk = `With the overconfidence shrunk away, the calibrated skill is ${fixed(calibratedSkill, 3)} (${nulls.join('; ')}): `;
  const above = interval ? interval.low > 0 : calibratedSkill > 0;
  const beyond = permutationNull !== null && permutationNull.p < 0.05;
  const taken = `the images take away ${percent(calibratedSkill)} of the loss that the mean vector leaves`;
  if (above && !permutationNull)
    return `${shrunk}${taken}; whether that is semantic transfer, the permuted control has to show.`;
  if (above && beyond) return `${shrunk}${taken}, and that is semantic transfer.`;
  if (beyond)
    return `${shrunk}the outputs tell the words apart better than permuted words do, but not enough to lower the loss with certainty.`;
  return `${shrunk}no semantic transfer is shown.`;
}

function controlSentence(run: AnswerInput, control: AnswerInput): string {
  const left = run.meanChange - control.meanChange;
  const skills =
    run.calibratedSkill !== null && control.calibratedSkill !== null
      ? `, and a calibrated skill of ${fixed(control.calibratedSkill, 3)} where this run has ${fixed(run.calibratedSkill, 3)}`
      : '';
  const share =
    run.meanChange < 0 && left < 0
      ? `${percent(Math.min(1, left / run.meanChange), 0)} of the gain is beyond it`
      : 'nothing of the gain is beyond it';
  const many = control.runs > 1 ? ` (the mean of ${control.runs} permutations)` : '';
  return `The same training with the words assigned to the classes at random changes the loss by ${change(control.meanChange)} on average${many}, where this run changes it by ${change(run.meanChange)} on the same classes${skills}: ${share}.`;
}

/** Uses non-breaking spaces. */
const equals = (p: number) => (p < 0.001 ? pValue(p) : `= ${pValue(p)}`).replaceAll(' ', '\u00a0');
