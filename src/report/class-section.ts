/** The page's table of held-out classes. */

import { tellsHit } from '../statistics/measures.js';
import type { Summary } from '../statistics/summary.js';
import { change, fixed, percent, words } from '../util/format.js';
import { escapeXml as text } from '../util/xml.js';
import { classOf, table } from './parts.js';

/** Losses and ranks of every held-out class. */
export function classTable({ classes, candidates }: Summary): string {
  const hasHeldOut = classes.some((c) => c.heldOut);
  const among = candidates.heldOut ? `of ${candidates.heldOut}` : 'held-out';
  const tells = tellsHit(5, candidates.all);
  const rows = [...classes]
    .sort((a, b) => a.change.initial - b.change.initial)
    .map((c) => {
      const cells = [
        fixed(c.initialLoss, 3),
        fixed(c.finalLoss, 3),
        fixed(c.meanVectorLoss, 3),
        `<b>${change(c.change.initial)}</b>`,
        change(c.meanVectorChange.initial),
        change(c.change.firstEpoch),
        change(c.change.zero),
        fixed(c.skill, 2),
        fixed(c.calibratedSkill, 2),
        fixed(c.centredCosine, 2),
        fixed(c.all.rank, 1),
        ...(tells ? [percent(c.all.hit5, 0)] : []),
        ...(hasHeldOut ? [fixed(c.heldOut?.rank ?? null, 1), percent(c.heldOut?.hit1 ?? null, 0)] : []),
      ];
      return `<tr${classOf(c.label)}><td title="fold ${text(c.fold)}">${text(words(c.label))}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
    });
  const headings = [
    'class',
    'loss,<br>untrained',
    'loss,<br>end',
    'loss,<br>mean<br>vector',
    'change',
    'change,<br>mean<br>vector',
    'change<br>from<br>epoch 1',
    'change<br>from<br>zero',
    'skill',
    'calib.<br>skill',
    'centred<br>cosine',
    `rank<br>of ${candidates.all}`,
    ...(tells ? ['hit@5'] : []),
    ...(hasHeldOut ? [`rank<br>${among}`, `hit@1<br>${among}`] : []),
  ];
  return `${table(headings, rows, {
    className: 'tall dense',
    sorted: { column: 4, by: 'ascending' },
  })}
<p>Losses are mean squared errors over dimensions and the class's test images. Every number, unrounded, is in <code>classes.csv</code>.</p>`;
}
