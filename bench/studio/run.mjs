// npm run bench:studio [PART...]: sizes and speeds of the studio in Chromium. A part is a file of this folder that exports
// `title` and `measure({ log })`, which returns rows { what, value, limit?, met? }; all values are texts.
import { readdirSync } from 'node:fs';
import { startChromium } from '../../scripts/chromium.mjs';
import { describeCpu } from '../lib/machine.mjs';
import { table, verdict } from '../lib/table.mjs';

const own = import.meta.url.split('/').at(-1);
const parts = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.mjs') && name !== own)
  .map((name) => name.replace(/\.mjs$/, ''));
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !parts.includes(name));
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}". Parts: ${parts.join(', ')}.`);
  process.exit(2);
}

const browser = await startChromium();
console.log(`${describeCpu().model}; Chromium ${browser.version()}; Node ${process.version}`);
await browser.close();
for (const name of wanted.length > 0 ? wanted : parts) {
  const { title, measure } = await import(`./${name}.mjs`);
  const rows = await measure({ log: (line) => console.error(line) });
  console.log(`\n### ${title}\n`);
  const cells = rows.map(({ what, value, limit, met }) => [what, value, limit ? verdict(limit, met) : '']);
  console.log(table(['', 'measured', 'target'], cells, ['l', 'r', 'l']));
  if (rows.some(({ met }) => met === false)) process.exitCode = 1;
}
