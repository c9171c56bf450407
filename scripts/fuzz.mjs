// Runs every file reader on damaged and hostile files and counts the outcomes: read, refused (by an error that names the file), or a fault.
// Faults are any other error, content that is accepted despite a wrong checksum, a hang, a crash, and excessive time or memory.
//
//     npm run fuzz -- [--cases 100000] [--minutes 5] [--seed 1] [--first 0] [--reader 'word store'] [--case 17]
//
// Seed, reader and case number fully determine a case: `--reader NAME --case N` reruns it and writes its file to the current folder.
// --readers takes the path of a module that exports a different table of readers. --add-to FILE adds the results to those of earlier calls, and
// prints all of them: many cases can be run in pieces, with another --seed or --first each.
import { rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { campaign, shares } from './fuzz/campaign.mjs';
import { makeCase } from './fuzz/cases.mjs';
import { addPiece, hasPiece } from './fuzz/results.mjs';
import { prepare, runCase, scratchFolder } from './fuzz/run-case.mjs';
import { faultsOf, tableOf } from './fuzz/table.mjs';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    reader: { type: 'string' },
    readers: { type: 'string', default: fileURLToPath(new URL('./fuzz/readers.mjs', import.meta.url)) },
    case: { type: 'string' },
    'add-to': { type: 'string' },
    'slow-ms': { type: 'string', default: '2000' },
    'memory-mib': { type: 'string', default: '256' },
  },
});
const seed = Number(values.seed);
const bounds = { ms: Number(values['slow-ms']), mb: Number(values['memory-mib']) };
const module = pathToFileURL(resolve(values.readers)).href;
const { READERS } = await import(module);
if (values.reader !== undefined && !Object.hasOwn(READERS, values.reader)) {
  console.error(`fuzz: no reader "${values.reader}"; the readers are ${Object.keys(READERS).join('; ')}`);
  process.exit(2);
}
const readers = values.reader === undefined ? READERS : { [values.reader]: READERS[values.reader] };

if (values.case !== undefined && values.reader === undefined) {
  console.error('fuzz: --case needs --reader');
  process.exit(2);
}
if (values.case === undefined) process.exitCode = await all();
else await again(values.reader, Number(values.case));

async function all() {
  const scratch = scratchFolder();
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const start = Date.now();
  const until = start + 60_000 * Number(values.minutes);
  const cases = shares(readers, Number(values.cases));
  const first = Number(values.first);
  const file = values['add-to'];
  if (file !== undefined && hasPiece(file, { seed, first, reader: values.reader })) {
    console.error(`fuzz: ${file} has the cases of seed ${seed} from ${first} on already`);
    return 2;
  }
  const { counts, faults } = await campaign({
    readers: module,
    scratch,
    seed,
    cases,
    first,
    until,
    ...bounds,
  });
  const seconds = (Date.now() - start) / 1000;
  if (file === undefined) return told(counts, faults, seconds, `seed ${seed}`);
  const all = addPiece(file, { seed, first, seconds, reader: values.reader }, counts, faults);
  const whole = all.pieces.reduce((sum, piece) => sum + piece.seconds, 0);
  return told(all.counts, all.faults, whole, `${all.pieces.length} pieces`);
}

/** Prints results. @returns the exit code */
function told(counts, faults, seconds, what) {
  const tried = [...counts.values()].reduce((sum, own) => sum + own.tried, 0);
  console.log(tableOf(counts));
  console.log(
    `\n${tried} cases in ${seconds.toFixed(0)} s (${Math.round(tried / seconds)} per second), ${what}`,
  );
  if (faults.length > 0) console.log(`\n${faultsOf(faults, seed)}`);
  return faults.length > 0 ? 1 : 0;
}

async function again(name, number) {
  const root = scratchFolder();
  const ready = await prepare(name, READERS[name], root);
  const one = makeCase(seed, name, ready.reader, ready.seeds, number);
  const file = `case-${number}-${ready.reader.file}`;
  writeFileSync(file, one.bytes);
  console.log(
    `${file}: ${one.bytes.length} bytes, ${one.isSealed ? 'lengths and checksums recomputed' : 'as mutated'}`,
  );
  console.log(await runCase(ready, one, bounds));
  rmSync(root, { recursive: true });
  process.exit();
}
