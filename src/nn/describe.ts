/** Prints a network as a text table for the terminal. */

import { type Look, PLAIN } from '../util/look.js';
import { alignColumns } from '../util/text-table.js';
import { type LayerCost, layerTable } from './cost.js';
import { shapeText } from './trace.js';
import type { Network } from './types.js';

/**
 * The layer table: name, type, output shape (height x width x channels), parameters and multiply-adds of each
 * layer, then the totals. Ends with a newline.
 * @param look by default, lines are as wide as the names and numbers need
 * @throws LexelError if the network is invalid
 */
export function describe(network: Network, look: Look = PLAIN): string {
  const table = layerTable(network);
  const total = (key: 'parameters' | 'multiplyAdds') => table.reduce((sum, row) => sum + row[key], 0);
  const rows = [
    ['layer', 'type', 'output', 'parameters', 'multiply-adds'],
    ...table.map((row) => [
      NAMELESS.has(row.name) || row.name === row.type ? '' : row.name,
      row.type,
      shapeText(row.shape),
      countText(row, 'parameters'),
      countText(row, 'multiplyAdds'),
    ]),
    [
      'total',
      '',
      '',
      total('parameters').toLocaleString('en-US'),
      total('multiplyAdds').toLocaleString('en-US'),
    ],
  ];
  const lines = alignColumns(rows, { right: (column) => column >= 3, look });
  const rule = '-'.repeat(Math.max(...lines.map((line) => line.length)));
  const title = `${network.name}: ${network.size}x${network.size}x3 in, ${network.outputs} out`;
  return [title, '', lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1), ''].join('\n');
}

/** Layers without a name, which are listed by their type. */
const NAMELESS = new Set(['dropout', 'global-average-pool']);

/** Zero counts are left blank, so that the others are easy to see. */
function countText(row: LayerCost, key: 'parameters' | 'multiplyAdds'): string {
  return row[key] === 0 ? '' : row[key].toLocaleString('en-US');
}
