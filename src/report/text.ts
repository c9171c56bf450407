/** Formats a run's summary for the terminal as a few aligned lines. */

import { unitsText } from '../statistics/evidence/units.js';
import { tellsHit } from '../statistics/measures.js';
import type { Summary } from '../statistics/summary.js';
import { epochsText } from '../train/index.js';
import { change, duration, fixed, percent } from '../util/format.js';
import { type Look, PLAIN } from '../util/look.js';
import { alignColumns, headingStyle } from '../util/text-table.js';
import { comparedWithNames, headlineRows, lossRows } from './headline.js';
import { posterTable, protocolInWords } from './poster.js';
import { zeroShotLines, zeroShotRows } from './zero-shot-text.js';

/**
 * The headline with its nulls, then the poster's numbers, then up to `classes` held-out classes (best and
 * worst).
 */
export function summaryText(summary: Summary, options: { classes?: number; look?: Look } = {}): string {
  const { look = PLAIN } = options;
  const { run, folds, change: own, meanVectorChange, beatMeanVector } = summary;
  const count = own.initial.count;
  const lines = [
    `${run.config.net} on ${run.dataset.name} with ${run.words.source}, ${protocolInWords(run.protocol)}, ` +
      `${epochsText(run.config)}, recipe ${run.recipe}, ` +
      `${run.reading && run.reading.name !== run.reading.own ? `read by ${run.reading.name}, ` : ''}` +
      `${run.control === null ? '' : `control ${run.control}, `}seed ${run.seed}`,
    `${folds.finished} of ${folds.total} folds finished, ${count} held-out classes` +
      (folds.seconds > 0 ? `, ${duration(folds.seconds)} of training` : ''),
    '',
  ];
  const comparedWith = comparedWithNames(summary);
  const table: string[][] = [
    [
      '',
      'this run',
      '95 % interval',
      ...comparedWith.map((_, i) => `(${i + 1})`),
      'no transfer',
      'permutation null 95 %',
      'p',
    ],
  ];
  const nulls = 4 + comparedWith.length;
  let group = '';
  for (const row of [...headlineRows(summary), ...lossRows(summary)]) {
    if (row.group !== group) table.push([row.group]);
    group = row.group;
    table.push([
      `  ${row.what}`,
      row.value,
      row.interval,
      ...row.comparedWith,
      row.chance,
      row.permutationNull,
      row.p,
    ]);
  }
  const { by, units, resamples } = summary.intervals;
  lines.push(
    ...alignColumns(table, {
      look,
      // The permutation null first (its p stays), then the interval, then p, then the last of the compared runs.
      drop: [nulls, 2, nulls + 1, ...comparedWith.map((_, i) => 3 + i).reverse()],
      style: headingStyle(table),
    }),
    ...comparedWith.map((name, i) => `(${i + 1}) ${name}`),
    `Intervals: percentile bootstrap over ${unitsText({ by, count: units })}, ${resamples.toLocaleString('en')} draws.`,
    '',
  );
  lines.push(...summary.answer.sentences.flatMap((sentence) => [sentence, '']));
  const posterRows = [
    ['against the untrained network', 'poster', 'this run', '95 % interval', 'mean vector'],
    ...posterTable(summary)
      .filter((row) => row.meanVector !== '' && !row.what.includes('quartile'))
      .map((row) => [`  ${row.what}`, row.poster, row.run.initial, row.interval, row.meanVector]),
  ];
  lines.push(
    ...alignColumns(posterRows, { look, drop: [3, 4], style: headingStyle(posterRows) }),
    '',
    `${beatMeanVector} of ${count} classes beat the mean-vector answer, which improves ` +
      `${meanVectorChange.initial.improved} of ${count} without looking at an image.`,
    '',
  );
  const zeroShot = zeroShotRows(summary);
  lines.push(...alignColumns(zeroShot, { look, drop: [4], style: headingStyle(zeroShot) }), '');
  lines.push(...zeroShotLines(summary), '');
  const limit = options.classes ?? 10;
  const sorted = [...summary.classes].sort((a, b) => a.change.initial - b.change.initial);
  const half = Math.ceil(limit / 2);
  const shown = sorted.length <= limit ? sorted : [...sorted.slice(0, half), ...sorted.slice(half - limit)];
  const tells = tellsHit(5, summary.candidates.all);
  const rows = shown.map((c) => [
    `  ${c.label}`,
    change(c.change.initial),
    change(c.meanVectorChange.initial),
    fixed(c.skill, 2),
    fixed(c.centredCosine, 2),
    fixed(c.all.rank, 1),
    ...(tells ? [percent(c.all.hit5)] : []),
  ]);
  if (shown.length < sorted.length) rows.splice(half, 0, [`  … ${sorted.length - shown.length} more`]);
  const classRows = [
    ['class', 'change', 'mean vector', 'skill', 'cosine', 'rank', ...(tells ? ['hit@5'] : [])],
    ...rows,
  ];
  lines.push(...alignColumns(classRows, { look, drop: [2, 3, 1], style: headingStyle(classRows) }));
  for (const note of summary.notes) lines.push('', `note: ${note}`);
  return lines.join('\n');
}
