// Formats the results of a campaign as text.

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
  const total = {};
  for (const own of counts.values()) {
    for (const [key, value] of Object.entries(own)) {
      total[key] =
        key === 'ms' || key === 'mb' ? Math.max(total[key] ?? 0, value) : (total[key] ?? 0) + value;
    }
  }
  const rows = [...counts, ['**all**', total]].map(([name, own]) => [
    name,
    ...COLUMNS.map(([, text]) => text(own)),
  ]);
  const head = ['reader', ...COLUMNS.map(([title]) => title)];
  const rule = ['---', ...COLUMNS.map(() => '---:')];
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Lists the faults, each with the command that reproduces it. */
export const faultsOf = (faults, seed) =>
  faults
    .map(
      ({ name, kind, number: first, error, count }) =>
        `${kind} (${count} cases) ${name}: ${error}\n    npm run fuzz -- --seed ${seed} --reader '${name}' --case ${first}`,
    )
    .join('\n');
