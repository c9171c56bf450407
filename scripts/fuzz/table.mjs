// Formats the results of a campaign as text.
import { addCounts } from './results.mjs';

const number = (value) => value.toLocaleString('en');

/** @type {[string, (counts: any) => string][]} */
const COLUMNS = [
  ['tried', (c) => number(c.tried)],
  ['refused', (c) => number(c.refused)],
  ['read', (c) => number(c.read)],
  ['foreign', (c) => number(c.foreign)],
  ['unnamed', (c) => number(c.unnamed)],
  ['believed', (c) => number(c.believed)],
  ['hung, crashed', (c) => number(c.hung + c.crashed)],
  ['past header', (c) => `${Math.round((100 * c.past) / Math.max(1, c.tried))} %`],
  ['slowest', (c) => `${Math.round(c.ms)} ms`],
  ['peak memory', (c) => `${Math.round(c.mb)} MiB`],
];

/** A Markdown table with one row per reader and a total. */
export function tableOf(counts) {
  const total = new Map();
  for (const own of counts.values()) addCounts(total, [['**all**', own]]);
  const rows = [...counts, ...total].map(([name, own]) => [name, ...COLUMNS.map(([, text]) => text(own))]);
  const head = ['reader', ...COLUMNS.map(([title]) => title)];
  const rule = ['---', ...COLUMNS.map(() => '---:')];
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Lists the faults, each with the command that reproduces it. @param seed of faults without a seed of their own */
export const faultsOf = (faults, seed) =>
  faults
    .map(
      ({ name, kind, number: first, error, count, seed: own = seed }) =>
        `${kind} (${count} cases) ${name}: ${error}\n    npm run fuzz -- --seed ${own} --reader '${name}' --case ${first}`,
    )
    .join('\n');
