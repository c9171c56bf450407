/**
 * Zero-shot results for the terminal: a table of ranks by candidate set, and one line for each other result.
 */

import type { WordRanks } from '../statistics/class-measures.js';
import type { Summary } from '../statistics/summary.js';
import { fixed, percent } from '../util/format.js';
import { visible } from '../util/visible.js';

/** Rows for alignColumns; the first one is the heading. */
export function zeroShotRows({ zeroShot, headline }: Summary): string[][] {
  const { scorings, vocabulary, labels } = zeroShot;
  const cells = ({ rank, hit1, hit5, hit10 }: WordRanks) => [
    fixed(rank, 1),
    percent(hit1),
    percent(hit5),
    percent(hit10),
  ];
  const names = { 'held-out': "CSLS, held-out classes' images", seen: "CSLS, seen classes' images" };
  const rows = [['zero-shot', 'mean rank', 'hit@1', 'hit@5', 'hit@10']];
  for (const { references, value } of scorings) {
    rows.push([`  of ${labels} labels: ${references ? names[references] : 'cosine'}`, ...cells(value)]);
  }
  const { twoConstantsRank: rank, ...constants } = headline;
  if (rank.value !== null) {
    const hits = (['twoConstantsHit1', 'twoConstantsHit5', 'twoConstantsHit10'] as const).map((name) =>
      percent(constants[name].value),
    );
    rows.push([`  of ${labels} labels: two constants`, fixed(rank.value, 1), ...hits]);
  }
  if (vocabulary) {
    const { permutationNull, chance, value } = vocabulary;
    rows.push([`  of ${vocabulary.candidates.toLocaleString('en')} words: cosine`, ...cells(value)]);
    if (permutationNull) {
      const means = {
        rank: permutationNull.rank.mean,
        hit1: permutationNull.hit1.mean,
        hit5: permutationNull.hit5.mean,
        hit10: permutationNull.hit10.mean,
      };
      rows.push(['    names permuted, mean', ...cells(means)]);
    }
    rows.push(['    chance', ...cells(chance)]);
  }
  return rows;
}

/** The results that are not in the table. */
export function zeroShotLines({ zeroShot }: Summary): string[] {
  const { generalised, hierarchical, scorings, labels } = zeroShot;
  const lines: string[] = [];
  if (generalised) {
    const { plain, ausuc, permutationNull, chance } = generalised;
    const permuted = permutationNull ? `names permuted ${fixed(permutationNull.ausuc.mean, 4)}, ` : '';
    lines.push(
      `seen and unseen classes among ${labels} labels: seen ${percent(plain.seen)}, unseen ${percent(plain.unseen)}, ` +
        `harmonic mean ${percent(plain.harmonic)}; AUSUC ${fixed(ausuc, 4)} (${permuted}guessing ${fixed(chance.ausuc, 4)})`,
    );
  }
  if (hierarchical) {
    const each = hierarchical
      .filter(({ k }) => k > 1) // hp@1 equals hit@1
      .map(({ k, value, chance, best }) => {
        const most = best < 1 ? `, at most ${percent(best)}` : '';
        return `@${k} ${percent(value)} (chance ${percent(chance)}${most})`;
      });
    lines.push(`right superclass among ${labels} labels: hp${each.join(', ')}`);
  }
  const [{ hubness }] = scorings;
  const hubs = hubness.hubs.slice(0, 3).map(({ label }) => visible(label));
  lines.push(
    `hubs: skewness of N${hubness.k} ${fixed(hubness.skewness, 2)}` +
      (hubs.length > 0 ? `, most: ${hubs.join(', ')}` : ''),
  );
  return lines;
}
