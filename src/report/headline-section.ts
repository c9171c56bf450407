/** The page's sections on the headline: the measures that show transfer, and those that the loss alone gives. */

import type { Summary } from '../statistics/summary.js';
import { change, fixed } from '../util/format.js';
import { escapeXml as text } from '../util/xml.js';
import { answerParagraph } from './evidence-sections.js';
import { comparedWithNames, type HeadlineRow, headlineRows, lossRows } from './headline.js';
import { table } from './parts.js';

/** The answer, and the measures that distinguish transfer from learning the centre of the space. */
export function headlineSection(summary: Summary): string {
  const { headline, permutationNull, seenCentredCosine, alpha } = summary;
  const explained = permutationNull
    ? `The permutation null permutes each fold's held-out words among its classes ${permutationNull.permutations.toLocaleString('en')} times with the outputs
unchanged; 95&nbsp;% of the permutations lie in the interval, and <i>p</i> is the share that does as well as the true pairing.`
    : 'The permutation null is n/a: each fold holds out one class only, so there is nothing to permute.';
  const calibration =
    alpha === null
      ? ''
      : ` Calibration shrinks the outputs towards the mean by α = ${fixed(alpha, 2)} (median over classes).`;
  const constants =
    headline.twoConstantsRank.value === null
      ? ''
      : ' Two constants, one for all seen and one for all unseen labels, tell no unseen label from another: they are the baseline of what is ' +
        'measured among all labels.';
  return `${answerParagraph(summary)}
${headlineTable(headlineRows(summary), [
  '',
  'this run',
  '95 % interval',
  ...comparedWithHeadings(summary),
  'no transfer<br><small>chance, or mean vector</small>',
])}
<p>Ranks start at 1; smaller is better.${constants} ${explained}${calibration} For comparison, the centred cosine of classes that were trained on is
${fixed(seenCentredCosine, 3)}, of the held-out ones ${fixed(headline.centredCosine.value, 3)}.</p>`;
}

/** Skill and the poster's measure, with what they cannot show. */
export function lossSection(summary: Summary): string {
  const { meanVectorChange, change: own, beatMeanVector } = summary;
  const control = meanVectorChange.initial;
  return `${headlineTable(lossRows(summary), [
    '',
    'this run',
    '95 % interval',
    ...comparedWithHeadings(summary),
    'mean vector',
  ])}
<p><b>Relative change cannot tell transfer from learning where the words lie on average.</b> Always answering the mean of the seen words,
with no image at all, improves ${control.improved} of ${control.count} held-out classes with a median of ${change(control.median)}; this run improves
${own.initial.improved} with a median of ${change(own.initial.median)}. It also depends on the start: the same final losses give a median of
${change(own.initial.median)} against the untrained network, ${change(own.firstEpoch.median)} against the first epoch and ${change(own.zero.median)} against
answering zero.</p>
<p><b>Skill is harsh.</b> It compares the final loss with the mean vector's, which ${beatMeanVector} of ${own.initial.count} classes beat. A network trained
by squared error is overconfident about what it has not seen, so skill near or below zero is expected even where the direction is right.
Calibrated skill, above, takes the overconfidence out.</p>`;
}

/** @param levels headings of all columns but those of the permutation null, which are left out where no row has it */
function headlineTable(rows: readonly HeadlineRow[], levels: readonly string[]): string {
  const hasNull = rows.some(({ p }) => p !== 'n/a');
  const headings = [
    ...levels,
    ...(hasNull ? ['permutation null<br><small>central 95 %</small>', '<i>p</i>'] : []),
  ];
  let group = '';
  const body = rows.map((row) => {
    const heading =
      row.group === group
        ? ''
        : `<tr class="group"><th colspan="${headings.length}">${text(row.group)}</th></tr>\n`;
    group = row.group;
    const second = row.euclidean ? `<br><small>by Euclidean distance ${row.euclidean}</small>` : '';
    const nulls = hasNull ? `<td>${row.permutationNull}</td><td>${row.p}</td>` : '';
    const comparedWith = row.comparedWith.map((value) => `<td>${value}</td>`).join('');
    return `${heading}<tr><td>${text(row.what)}${second}</td><td class="own">${row.value}</td><td>${row.interval}</td>${comparedWith}<td>${row.chance}</td>${nulls}</tr>`;
  });
  // Columns of compared runs make the table wide; the compact style keeps the nulls visible.
  return table(headings, body, { className: rows[0]?.comparedWith.length > 0 ? 'compact' : '' });
}

function comparedWithHeadings(summary: Summary): string[] {
  return comparedWithNames(summary).map((name) =>
    text(name).replace(/ \((.*)\)$|, (.*)$/, '<br><small>$1$2</small>'),
  );
}
