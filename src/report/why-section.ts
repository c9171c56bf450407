/** The page's section on why classes differ: correlations, scatter plots, superclasses. */

import type { Correlation } from '../statistics/evidence/correlation.js';
import { OUTCOMES, PREDICTORS, type SuperclassRow } from '../statistics/evidence/relatives.js';
import type { Summary } from '../statistics/summary.js';
import { change, fixed, pValue, words } from '../util/format.js';
import { escapeXml as text } from '../util/xml.js';
import { figure, intervalText, table, tableRow } from './parts.js';

export function whySection({ why }: Summary, figures: { gain: string; cosine: string }): string {
  let outcome = '';
  // Without labels of one word, or without others, the columns of those of one word say nothing.
  const bothKinds = why.classes.some((c) => c.multiWord) && why.correlations.some((row) => row.singleWord);
  const rows = why.correlations.map((row) => {
    const heading =
      row.outcome === outcome
        ? ''
        : `<tr class="group"><th colspan="${bothKinds ? 7 : 4}">${text(OUTCOMES[row.outcome])}, with</th></tr>\n`;
    outcome = row.outcome;
    const cells = [
      text(PREDICTORS[row.predictor]),
      ...(row.all ? correlationCells(row.all) : [`n/a<br><small>${text(row.why ?? '')}</small>`, '', '']),
      ...(bothKinds ? (row.singleWord ? correlationCells(row.singleWord) : ['n/a', '', '']) : []),
    ];
    return heading + tableRow(cells);
  });
  const single = why.classes.filter((c) => !c.multiWord).length;
  const bySuperclass =
    why.superclasses.length > 0
      ? `<h4>By superclass</h4>
${superclassTable(why.superclasses)}
${
  bothKinds
    ? `<details><summary>The same without labels of several words</summary>
${superclassTable(why.superclassesSingleWord)}
</details>`
    : ''
}`
      : '';
  return `${table(
    [
      '',
      `ρ<br><small>${why.classes.length} classes</small>`,
      '95 % interval',
      '<i>p</i>',
      ...(bothKinds ? [`ρ<br><small>${single} of one word</small>`, '95 % interval', '<i>p</i>'] : []),
    ],
    rows,
  )}
<p>Spearman's rank correlations; <i>p</i> by Student's <i>t</i>, not corrected; intervals by Fisher's <i>z</i> (Bonett and Wright). Both take
classes as independent, which relatives are not: the intervals are somewhat too narrow. Cosines are between the words'
own vectors. <b>The gain is confounded:</b> the mean vector's own gain, which needs no image, goes with relatedness too, as its rows show; calibrated
skill and centred cosine are free of it.${bothKinds ? ' Labels of several words may share one with a sibling, so the right-hand columns leave them out.' : ''}</p>
${figure(figures.cosine, 'why-cosine')}
${figure(figures.gain, 'why-gain')}
${bySuperclass}`;
}

function correlationCells({ rho, interval, p }: Correlation): string[] {
  return [`<b>${fixed(rho, 2)}</b>`, intervalText(interval, (v) => fixed(v, 2)), pValue(p)];
}

function superclassTable(rows: readonly SuperclassRow[]): string {
  return table(
    [
      'superclass',
      'classes',
      'gain',
      'gain,<br>mean vector',
      'calib.<br>skill',
      'centred<br>cosine',
      'rank',
      'nearest<br>cosine',
    ],
    rows.map((row) =>
      tableRow([
        `<span title="${text(row.labels.map(words).join(', '))}">${text(words(row.superclass))}</span>`,
        String(row.labels.length),
        change(row.gain),
        change(row.meanVectorGain),
        fixed(row.calibratedSkill, 3),
        fixed(row.centredCosine, 3),
        fixed(row.rank, 1),
        fixed(row.nearest, 2),
      ]),
    ),
    { className: 'dense', sorted: { column: 5, by: 'descending' } },
  );
}
