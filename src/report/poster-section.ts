/** The page's section on the poster: what it claims, and its numbers beside this run's. */

import type { Summary } from '../statistics/summary.js';
import { change } from '../util/format.js';
import { escapeXml as text } from '../util/xml.js';
import { table } from './parts.js';
import { POSTER, posterTable } from './poster.js';

/** The poster's claims and its numbers beside this run's. */
export function posterSection(summary: Summary): string {
  // The qualifier of a class's name goes on its own line, which keeps the numbers aligned and the table narrow.
  const cell = (value: string) => text(value).replace(/ \((.*)\)$/, '<br><small>$1</small>');
  const all = posterTable(summary);
  const once = all.filter(({ meanVector }) => meanVector === '');
  const byStart = all.filter(({ meanVector }) => meanVector !== '');
  return `<p>The experiment comes from the research poster <cite>${text(POSTER.title)}</cite>. It holds out one class of CIFAR-100 at a time, trains a
light network to predict the GloVe vector of an image's label, and claims that the loss of the held-out class fell for ${POSTER.improved} of ${POSTER.classes} classes, with a median
of ${change(POSTER.median)} (best ${change(POSTER.best)}, worst ${change(POSTER.worst)}): transfer learning through word embeddings.</p>
${table(
  [
    'change of loss',
    'poster',
    'this run',
    '95 % interval',
    'mean vector<br><small>no image</small>',
    'this run<br><small>from epoch 1</small>',
    'this run<br><small>from zero answer</small>',
  ],
  byStart.map(
    ({ what, poster, run, interval, meanVector }) =>
      `<tr><td>${text(what)}</td><td>${cell(poster)}</td><td class="own">${cell(run.initial)}</td><td class="keep">${text(interval)}</td><td>${cell(meanVector)}</td><td>${cell(run.firstEpoch)}</td><td>${cell(run.zero)}</td></tr>`,
  ),
  { className: 'loose' },
)}
<p>The poster does not say which start it compares with. The columns up to the mean vector compare with the untrained network, the last two
with the network after one epoch and with answering zero.</p>
${table(
  ['setting and course', 'poster', 'this run'],
  once.map(({ what, poster, run, interval }) => {
    const between = interval === '' ? '' : `<br><small>95 % interval ${text(interval)}</small>`;
    return `<tr><td>${text(what)}</td><td>${cell(poster)}</td><td class="own">${cell(run.initial)}${between}</td></tr>`;
  }),
  { className: 'loose' },
)}
<p>A curve counts as flat from the epoch after which its median stays within 5 % of
its whole way of the last value; outliers are more than 1.5 interquartile ranges beyond a quartile (Tukey's fences: ${change(summary.outliers.low)} and ${change(summary.outliers.high)}).</p>`;
}
