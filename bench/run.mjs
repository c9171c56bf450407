// npm run bench: measures Lexel's speed and memory against PyTorch on this machine.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { engineInfo } from '../dist/engine/index.js';
import { describeCpu, pinned, waitForQuiet, watchSteal } from './lib/machine.mjs';
import { askOnce } from './lib/peer.mjs';
import { findTorch } from './lib/python-peers.mjs';
import { writeResults } from './lib/results.mjs';
import { digits, percent } from './lib/table.mjs';
import * as growth from './sections/growth.mjs';
import * as js from './sections/js.mjs';
import * as loo from './sections/loo.mjs';
import * as memory from './sections/memory.mjs';
import * as search from './sections/search.mjs';
import * as train from './sections/train.mjs';
import * as words from './sections/words.mjs';

const SECTIONS = { train, js, loo, memory, words, search, growth };
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const list = (text) => text.split(',').filter(Boolean);
const positive = (text) => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('it must be a positive number');
  return value;
};
const sections = (text) => {
  const names = list(text);
  const unknown = names.find((name) => !Object.hasOwn(SECTIONS, name));
  if (unknown) throw new InvalidArgumentError(`available: ${Object.keys(SECTIONS).join(', ')}`);
  return names;
};

const program = new Command('npm run bench --')
  .description(
    'Measures training, folds on two cores, memory, word search, search among images, classification of single images, and how costs grow. LEXEL_PYTHON is a Python interpreter with PyTorch; LEXEL_JAX_PYTHON and LEXEL_TENSORFLOW_PYTHON are optional ones.',
  )
  .option('--only <sections>', `some of ${Object.keys(SECTIONS).join(',')}`, sections, Object.keys(SECTIONS))
  .option('--nets <names>', 'networks of train, js, loo, memory and search', list, [
    'micronet',
    'efficientnet-b0',
    'lite',
  ])
  .option('--threads <counts>', 'thread counts of train', list, ['1', '2'])
  .option('--batch <images>', 'images per step', positive, 128)
  .option('--rounds <n>', 'runs per contender (default 7; 2 with --quick)', positive)
  .option(
    '--seconds <s>',
    'seconds per round for each contender of train (default 3; 0.5 with --quick)',
    positive,
  )
  .option('--no-compile', 'leaves torch.compile out of train, because it takes minutes per network')
  .option('--quick', 'a short, inaccurate run to check that the bench works')
  .option('--json <file>', 'also writes all measurements')
  .option('--write', 'also writes bench/RESULTS.md (the sections that were measured)')
  .parse();
const options = program.opts();
const { quick = false } = options;
const rounds = options.rounds ?? (quick ? 2 : 7);
const seconds = options.seconds ?? (quick ? 0.5 : 3);
const log = (line) => console.error(line);

const cpu = describeCpu();
const threadCounts = options.threads.map(Number).filter((n) => n >= 1 && n <= cpu.processors);
/** Maximum time in seconds to wait until the load average of the preceding build has decayed. */
const QUIET_TIMEOUT = 120;
const quiet = await waitForQuiet(quick ? 0 : QUIET_TIMEOUT);
const machine = { cpu, lexel: await engineInfo(), quiet };
machine.peak = await measurePeak(threadCounts);
machine.torch = options.only.some((name) => name === 'train' || name === 'loo')
  ? await findTorch(threadCounts)
  : {};
const header = describeMachine();
console.log(`${header}\n`);
if (!quiet.quiet) {
  log(
    `WARNING: the machine is busy (load average ${quiet.load.toFixed(2)}, ${percent(quiet.busy)} of it in use): the results are not reliable\n  to pause background runs during the bench: npx lexel pause <folder> -- npm run bench\n`,
  );
}

const stolen = watchSteal();
const measured = {};
const written = [];
for (const name of options.only) {
  const section = SECTIONS[name];
  const context = {
    nets: options.nets,
    threadCounts,
    batch: options.batch,
    rounds,
    seconds,
    quick,
    compile: options.compile,
    machine,
    log,
  };
  try {
    measured[name] = await section.measure(context);
  } catch (error) {
    log(`${name} failed: ${error.message}`);
    process.exitCode = 1;
    continue;
  }
  const body = section.render(measured[name]);
  console.log(`## ${section.title}\n\n${body}\n`);
  written.push({ title: section.title, body: `${provenance()}\n\n${body}` });
}
const steal = stolen();
if (steal > 0.02)
  log(`WARNING: the host used ${percent(steal)} of the processor time during the bench (steal)`);
if (options.json) {
  const record = {
    created: new Date().toISOString(),
    lexel: version,
    command: command(),
    rounds,
    ...machine,
    steal,
    measured,
  };
  writeFileSync(options.json, `${JSON.stringify(record, null, 2)}\n`);
}
if (options.write && measured.growth) growth.writeFigure(measured.growth);
if (options.write && written.length > 0)
  log(`wrote ${fileURLToPath(new URL(`file://${writeResults(written)}`))}`);

/** GFLOP/s of `counts` cores at once, native and wasm. */
async function measurePeak(counts) {
  const script = fileURLToPath(new URL('./peers/peak.mjs', import.meta.url));
  const peak = {};
  for (const threads of counts) {
    const [command, args] = pinned(threads, process.execPath, [script]);
    const each = await Promise.all(Array.from({ length: threads }, () => askOnce([command, args])));
    const sum = (key) => each.reduce((total, one) => (one[key] === null ? null : total + one[key]), 0);
    peak[threads] = { native: sum('native'), wasm: sum('wasm') };
  }
  return peak;
}

function describeMachine() {
  const { lexel, torch, peak } = machine;
  const by = (value) => threadCounts.map((n) => `${value(n)} on ${n}`).join(', ');
  return [
    `CPU      ${cpu.model}, ${cpu.processors} processors, ${cpu.instructionSet}${cpu.pinning ? '' : ' (no taskset: contenders are not pinned to cores)'}`,
    `Lexel    ${version}, ${lexel.backend} (${lexel.isa})${lexel.skippedNative ? `: ${lexel.skippedNative}` : ''}, Node ${process.version}`,
    `Peak     GFLOP/s by cores: native ${by((n) => digits(peak[n].native, 0))}; wasm ${by((n) => digits(peak[n].wasm, 0))}`,
    ...(torch.python || torch.problem
      ? [
          torch.python
            ? `PyTorch  ${torch.version}; matrix product, GFLOP/s by threads: ${by((n) => digits(torch.matmul[n], 0))}`
            : `PyTorch  none: ${torch.problem}`,
        ]
      : []),
    `Machine  ${quiet.quiet ? 'idle' : 'BUSY'} before the start (load average ${quiet.load.toFixed(2)})`,
  ].join('\n');
}

function command() {
  const isa = process.env.LEXEL_ISA ? `LEXEL_ISA=${process.env.LEXEL_ISA} ` : '';
  return `${isa}npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`;
}

/** The conditions under which a section of RESULTS.md was measured. */
function provenance() {
  const date = new Date().toISOString().slice(0, 10);
  return `\`${command()}\`, ${date}, ${rounds} round${rounds > 1 ? 's' : ''}${quick ? ', quick' : ''}\n\n\`\`\`text\n${header}\n\`\`\``;
}
