/**
 * What each operation must do at least: arithmetic, and bytes to and from memory. Each tensor that an operation names is
 * read once where it is input and written once where it is output; what a good kernel keeps in cache (a window's overlap,
 * weights again for every row) counts once. Padding counts nothing.
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
