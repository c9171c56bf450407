/** Output of `lexel model describe --roofline`: time per operation of a training step, and the limits of the machine. */

import type { Roofline, RooflineRow } from '../engine/index.js';
import { counted, percent } from '../util/format.js';
import { table } from './table.js';

const HEAD = ['operation', 'layer', 'MFLOP', 'MiB', 'floor µs', 'bound by', 'took µs', 'of floor'];

/** @returns a table of operations, a table by type of operation, and totals of the step; at most 120 columns wide */
export function rooflineText(r: Roofline): string {
  const { engine, peaks, step } = r;
  const gigaflops = peaks.operations / 1e9;
  const bound = ({ operations, floor }: { operations: number; floor: number }) =>
    operations / peaks.operations >= floor * (1 - 1e-9) ? 'arithmetic' : 'memory';
  const line = (name: string, label: string, row: Omit<RooflineRow, 'op' | 'label'>, by: string) => [
    name,
    label,
    (row.operations / 1e6).toFixed(1),
    (row.bytes / 2 ** 20).toFixed(2),
    (row.floor * 1e6).toFixed(0),
    by,
    (row.measured * 1e6).toFixed(0),
    whole(row.floor / row.measured),
  ];
  const rows = r.rows.map((row) => line(row.op, shorten(row.label, 40), row, bound(row)));
  const kinds = [...groups(r.rows)].sort((a, b) => b.measured - a.measured);
  const kindRows = kinds.map((kind) => [
    ...line(kind.op, `${kind.count}`, kind, bound(kind)).filter((_, i) => i !== 5),
    whole(kind.measured / step.rows),
  ]);
  const kindHead = [HEAD[0], 'count', ...HEAD.slice(2, 5), ...HEAD.slice(6), 'of the step'];
  return [
    table(HEAD, rows, { drop: [3, 2, 5, 4] }),
    '',
    table(kindHead, kindRows, { drop: [3, 2, 4, 1] }),
    '',
    `${r.network}, batch ${r.batch}, ${counted(r.threads, 'thread')}, ${engine.backend} ${engine.isa}, ${engine.cpu}`,
    `peak        ${gigaflops.toFixed(1)} GFLOP/s of multiply-adds in registers; a copy moves ${(peaks.bytes / 1e9).toFixed(1)} GB/s`,
    `step        ${(step.operations / 1e9).toFixed(2)} GFLOP and ${(step.bytes / 2 ** 20).toFixed(0)} MiB moved`,
    `floor       ${milliseconds(step.floor)}; the operations, measured one by one, took ${milliseconds(step.rows)} (${whole(step.floor / step.rows)} of the roofline)`,
    `whole step  ${milliseconds(step.measured)}: ${r.imagesPerSecond.toFixed(0)} images/s, ${whole(r.shareOfPeak)} of peak (6 operations per multiply-add of direct convolutions)`,
  ].join('\n');
}

function* groups(rows: readonly RooflineRow[]) {
  for (const op of new Set(rows.map((row) => row.op))) {
    const own = rows.filter((row) => row.op === op);
    const sum = (key: 'operations' | 'bytes' | 'floor' | 'measured') =>
      own.reduce((total, row) => total + row[key], 0);
    yield {
      op,
      count: own.length,
      operations: sum('operations'),
      bytes: sum('bytes'),
      floor: sum('floor'),
      measured: sum('measured'),
    };
  }
}

const whole = (share: number) => percent(share, 0);
const milliseconds = (seconds: number) => `${(seconds * 1000).toFixed(1)} ms`;
const shorten = (text: string, most: number) => (text.length <= most ? text : `…${text.slice(1 - most)}`);
