/**
 * Lower bounds on the cost of each operation: arithmetic, and bytes to and from memory. Every tensor counts
 * once, as one read of an input or one write of an output. Repeated reads that a good kernel serves from
 * cache (overlapping windows, weights used for every row) do not count, nor does padding.
 */

import { operationOf } from './ops.js';
import { type Op, wordsOfOp } from './program.js';

export interface Cost {
  readonly operations: number;
  readonly bytes: number;
}

export function costOf(op: Op): Cost {
  let bytes = 0;
  for (const { word } of wordsOfOp(op)) {
    if (word.kind === 'place' && word.place) bytes += word.bytes.values * (word.access === 'update' ? 2 : 1);
  }
  return { operations: operationOf(op.name).operations(op.args as never), bytes };
}
