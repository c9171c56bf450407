/**
 * Zero-shot results for the terminal: a table of ranks by candidate set, and one line for each other result.
 */

import type { WordRanks } from '../statistics/class-measures.js';
import { tellsHit } from '../statistics/measures.js';
import type { Summary } from '../statistics/summary.js';
import { fixed, percent } from '../util/format.js';
import { visible } from '../util/visible.js';

const HITS = [
  [1, 'hit1'],
  [5, 'hit5'],
  [10, 'hit10'],
] as const;

/** Rows for alignColumns; the first one is the heading. */
export function zeroShotRows({ zeroShot, headline }: Summary): string[][] {
  const { scorings, vocabulary, labels } = zeroShot;
  const columns = HITS.filter(([k]) => tellsHit(k, Math.max(labels, vocabulary?.candidates ?? 0)));
  const cells = (ranks: WordRanks, candidates = labels) => [
    fixed(ranks.rank, 1),
    ...columns.map(([k, key]) => (tellsHit(k, candidates) ? percent(ranks[key]) : '')),
  ];
  const names = { 'held-out': "CSLS, held-out classes' images", seen: "CSLS, seen classes' images" };
  const rows = [['zero-shot', 'mean rank', ...columns.map(([k]) => `hit@${k}`)]];
  for (const { references, value } of scorings) {
    rows.push([`  of ${labels} labels: ${references ? names[references] : 'cosine'}`, ...cells(value)]);
  }
  const { twoConstantsRank: rank, ...constants } = headline;
  if (rank.value !== null) {
    const { twoConstantsHit1: hit1, twoConstantsHit5: hit5, twoConstantsHit10: hit10 } = constants;
    const ranks = { rank: rank.value, hit1: hit1.value!, hit5: hit5.value!, hit10: hit10.value! };
    rows.push([`  of ${labels} labels: two constants`, ...cells(ranks)]);
  }
  if (vocabulary) {
    const { permutationNull, chance, value, candidates } = vocabulary;
    rows.push([`  of ${candidates.toLocaleString('en')} words: cosine`, ...cells(value, candidates)]);
    if (permutationNull) {
      const means = {
        rank: permutationNull.rank.mean,
        hit1: permutationNull.hit1.mean,
        hit5: permutationNull.hit5.mean,
        hit10: permutationNull.hit10.mean,
      };
      rows.push(['    names permuted, mean', ...cells(means, candidates)]);
    }
    rows.push(['    chance', ...cells(chance, candidates)]);
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
