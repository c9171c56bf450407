/** The result of a run in one sentence for readers who know none of its terms. */

import type { SeedsSummary } from '../statistics/seed-spread.js';
import type { Summary } from '../statistics/summary.js';
import { counted, fixed, percent } from '../util/format.js';

/** Above this p, the result counts as no different from chance. */
const SIGNIFICANT = 0.05;

/**
 * For example "Shown images of 15 classes that it had never seen, the network named 48 % right among them; guessing gives
 * 7 %." If every fold holds out one class, the sentence gives the mean place of the true word among all labels instead.
 * @param classes what several classes are called, such as "kinds of shape"
 */
export function plainSentence({ headline, candidates, run }: Summary, classes = 'classes'): string {
  const subject = run.control === null ? 'the network' : `a network trained for the control "${run.control}"`;
  const { heldOutHit1: hits, rank } = headline;
  if (hits.value !== null && hits.chance !== null)
    return namedSentence(
      { pronoun: 'it', subject, classes },
      hits.value,
      hits.chance,
      hits.permutationNull?.p,
    );
  const place = rank.value === null ? null : fixed(rank.value, 1);
  if (place === null || rank.chance === null)
    return 'No held-out class has a word with a direction, so nothing can be named.';
  return (
    `Shown images of a class that it had never seen, ${subject} put the right word in place ${place} of ${candidates.all} on average; ` +
    `guessing gives place ${fixed(rank.chance, 1)}${certainty(rank.value! < rank.chance, rank.permutationNull?.p)}.`
  );
}

/** The same for the mean over several seeds; null if their folds hold out one class each. */
export function seedsSentence({ measures, runs }: SeedsSummary): string | null {
  const hits = measures.find(({ group, what }) => group.includes("split's") && what === 'hit@1');
  if (!hits || hits.chance === null || hits.seeds.mean === null) return null;
  const who = {
    pronoun: 'they',
    classes: 'classes',
    subject: `the networks of ${counted(runs.length, 'seed')}`,
  };
  return namedSentence(who, hits.seeds.mean, hits.chance);
}

/** @param hits share of images whose true word is nearest among the held-out ones; by chance: 1 / their number */
function namedSentence(
  { pronoun, subject, classes }: { pronoun: string; subject: string; classes: string },
  hits: number,
  chance: number,
  p?: number,
): string {
  const count = Math.round(1 / chance);
  const shown = Math.abs(1 / chance - count) < 1e-6 ? `${count} ${classes}` : `several ${classes}`;
  return (
    `Shown images of ${shown} that ${pronoun} had never seen, ${subject} named ${share(hits)} right among them; ` +
    `guessing gives ${share(chance)}${certainty(hits > chance, p)}.`
  );
}

function certainty(better: boolean, p: number | undefined): string {
  if (!better) return ', so it has not learned to name them';
  return p !== undefined && p >= SIGNIFICANT ? ', and the difference may be accidental' : '';
}

/** Whole per cent; a digit more for small shares. */
const share = (value: number) => percent(value, value < 0.02 ? 1 : 0);
