/** An evaluation as text: of `lexel evaluate` in full, and of `lexel train` without the classes. */

import type { Confusion, EvaluatedClass, EvaluatedPart, Evaluation, Hits } from '../search/index.js';
import { isInformative } from '../statistics/measures.js';
import { counted, fixed, percent } from '../util/format.js';
import { type Look, PLAIN } from '../util/look.js';
import { alignColumns, headingStyle } from '../util/text-table.js';
import { visible } from '../util/visible.js';

export interface EvaluationTextOptions {
  /** Number of confusions. */
  readonly confusions: number;
  readonly look?: Look;
}

/** The summary, the confusions and a table of all classes. */
export function evaluationText(found: Evaluation, options: EvaluationTextOptions): string {
  const { dataset, sameImages, recipe, reading, unknown, missing, directionless } = found;
  const lines = [
    `${visible(found.model)} on the test images of ${visible(dataset)}, recipe ${recipe}, read by ${reading}`,
  ];
  if (!sameImages) lines.push(`Note: these images are not exactly those of the model's data set.`);
  const listed: [string, readonly string[]][] = [
    ['Not labels of the model, left out', unknown],
    ['Labels without a test image', missing.filter((label) => !directionless.includes(label))],
    ['Left out because their word has a zero vector, which has no direction', directionless],
  ];
  for (const [what, names] of listed) if (names.length > 0) lines.push(`${what}: ${some(names)}`);
  return [...lines, '', summaryOf(found, options), '', ...classTable(found, options.look)].join('\n');
}

/** The hits of each part, and the confusions. */
export function summaryOf(found: Evaluation, { confusions, look = PLAIN }: EvaluationTextOptions): string {
  const parts: [string, EvaluatedPart | null][] = [
    ['seen', found.seen],
    ['held-out', found.heldOut],
  ];
  const rows: string[][] = [];
  for (const [name, part] of parts) {
    if (!part) continue;
    const images = `${counted(part.classes, `${name} class`, `${name} classes`)}, ${counted(part.images, 'image')}`;
    rows.push([part.loss === null ? images : `${images}: loss ${fixed(part.loss, 4)}`]);
    const ways: [string, Hits][] = [[`  of ${part.all.candidates} labels`, part.all]];
    if (found.seen && found.heldOut && part.own.candidates > 1)
      ways.push([`  of the ${part.own.candidates} ${name}`, part.own]);
    for (const [what, hits] of ways)
      rows.push(hitsRow(what, hits, hits.chance), hitsRow('    guessing', hits.chance, hits.chance));
  }
  const all = isInformative('share', (found.seen ?? found.heldOut)!.all.chance.top5);
  const head = ['', 'top-1', ...(all ? ['top-5'] : []), 'mean rank'];
  const table = [head, ...(all ? rows : rows.map((row) => row.filter((_, column) => column !== 2)))];
  const style = headingStyle(table);
  const unseen = found.seen ? table.findIndex(([cell]) => cell.includes('held-out class')) : 1;
  const text = alignColumns(table, {
    look,
    style: (row) => (unseen > 0 && row === unseen ? 'unseen' : style(row)),
  });
  return [...text, ...worst(found, confusions, look)].join('\n');
}

/** With five candidates or fewer, every answer is among the first five, and that cell is empty. */
function hitsRow(what: string, { top1, top5, rank }: Hits['chance'], chance: Hits['chance']): string[] {
  return [what, percent(top1), isInformative('share', chance.top5) ? percent(top5) : '', fixed(rank, 1)];
}

function worst({ confusions, classes }: Evaluation, count: number, look: Look): string[] {
  const shown = confusions.slice(0, count);
  if (shown.length === 0) return [];
  const unseen = new Set(classes.filter(({ heldOut }) => heldOut).map(({ label }) => label));
  const row = ({ label, answer, share, images }: Confusion) => [
    `  ${label}`,
    answer,
    percent(share, 0),
    String(images),
    unseen.has(label) ? 'held out' : '',
  ];
  const rows = [['most confused', 'taken for', 'of its images', 'images', ''], ...shown.map(row)];
  const heading = headingStyle(rows);
  return [
    '',
    ...alignColumns(rows, {
      look,
      right: (column) => column === 2 || column === 3,
      drop: [3],
      style: (r, c) => (r > 0 && c === 4 ? 'unseen' : heading(r)),
    }),
  ];
}

function classTable({ classes, seen, heldOut }: Evaluation, look: Look = PLAIN): string[] {
  const five = isInformative('share', (seen ?? heldOut)!.all.chance.top5);
  const losses = classes.some(({ loss }) => loss !== null);
  const row = ({ label, heldOut: held, images, loss, top1, top5, rank }: EvaluatedClass) => [
    `  ${label}`,
    String(images),
    ...(losses ? [fixed(loss, 4)] : []),
    percent(top1),
    ...(five ? [percent(top5)] : []),
    fixed(rank, 1),
    held ? 'held out' : '',
  ];
  const sorted = [...classes].sort((a, b) => b.top1 - a.top1 || a.rank - b.rank);
  const head = [
    'class',
    'images',
    ...(losses ? ['loss'] : []),
    'top-1',
    ...(five ? ['top-5'] : []),
    'rank',
    '',
  ];
  const rows = [head, ...sorted.map(row)];
  const heading = headingStyle(rows);
  const last = head.length - 1;
  return alignColumns(rows, {
    look,
    right: (column) => column > 0 && column < last,
    drop: losses ? [1, 2] : [1],
    style: (r, c) => (r > 0 && c === last ? 'unseen' : heading(r)),
  });
}

/** The first names of a list, and how many more there are. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 8).map(visible).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
