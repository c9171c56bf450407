// Child process that runs cases, so that a crash or hang does not end the campaign. It reads tasks from standard input, one JSON object per
// line, and reports progress on file descriptor 3. Reports are written synchronously: the parent can tell which case hung or crashed.
import { mkdtempSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeCase } from './cases.mjs';
import { prepare, runCase } from './run-case.mjs';

const [module, scratch, ...numbers] = process.argv.slice(2);
const [seed, ms, mb] = numbers.map(Number);
const { READERS } = await import(module);
const root = mkdtempSync(join(scratch, 'child-'));

const ready = new Map();
const say = (line) => writeSync(3, `${JSON.stringify(line)}\n`);

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { name, from, to } = JSON.parse(line);
  if (!ready.has(name)) ready.set(name, await prepare(name, READERS[name], root));
  const own = ready.get(name);
  for (let number = from; number < to; number++) {
    say({ begin: number });
    const one = makeCase(seed, name, own.reader, own.seeds, number);
    say({ end: number, isSealed: one.isSealed, ...(await runCase(own, one, { ms, mb })) });
  }
  say({ done: true });
}
process.exit(0);
