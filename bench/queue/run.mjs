// npm run bench:queue -- [PART...] [--quick] [--rounds 3] [--folds 10000] [--data-dir DIR]: what the queue costs, with a Redis server
// and workers of its own. A part is a file of this folder that exports `title` and `measure({ log, quick, rounds, folds, cores, dataDir })`,
// which returns rows { what, value, limit?, met? }; all values are texts. `folds` are those of "dispatch", and `dataDir` has CIFAR-100 and
// GloVe for "overhead", instead of the shapes.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { engineInfo } from '../../dist/engine/index.js';
import { describeCpu, quietness } from '../lib/machine.mjs';
import { table, verdict } from '../lib/table.mjs';

// Ends the processes of the bench too, and removes its files.
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
]))
  process.on(signal, () => process.exit(code));

const own = import.meta.url.split('/').at(-1);
const parts = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.mjs') && name !== own)
  .map((name) => name.replace(/\.mjs$/, ''));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    folds: { type: 'string' },
    'data-dir': { type: 'string' },
  },
});
const unknown = positionals.find((name) => !parts.includes(name));
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}". Parts: ${parts.join(', ')}.`);
  process.exit(2);
}

const { model, processors, instructionSet } = describeCpu();
const { backend, isa } = await engineInfo();
const { load } = await quietness(0);
console.log(
  `${model}, ${processors} processors, ${instructionSet}; ${backend} (${isa}); Node ${process.version}; load average ${load.toFixed(1)} before the start`,
);
for (const name of positionals.length > 0 ? positionals : parts) {
  const { title, measure } = await import(`./${name}.mjs`);
  const rows = await measure({
    log: (line) => console.error(line),
    quick: values.quick,
    rounds: Number(values.rounds),
    folds: Number(values.folds ?? (values.quick ? 50 : 10_000)),
    cores: processors,
    dataDir: values['data-dir'],
  });
  console.log(`\n### ${title}\n`);
  const cells = rows.map(({ what, value, limit, met }) => [what, value, limit ? verdict(limit, met) : '']);
  console.log(table(['', 'measured', 'target'], cells, ['l', 'r', 'l']));
  if (rows.some(({ met }) => met === false)) process.exitCode = 1;
}
