// Stress test: several processes compete for locks of dead processes, one lock per round. Counts locks with two holders.
//
//     node test/crossval/lock-stress.mjs [--rounds 300] [--processes 6] [--slot 4] [--kill] [--lock dist/crossval/lock.js]
//
// A round begins every --slot milliseconds, at the same time in all processes. A process keeps the locks that it takes, so a
// second holder is a bug, unless the first was killed before (--kill). Prints one line of JSON.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const self = fileURLToPath(import.meta.url);
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '300' },
    processes: { type: 'string', default: '6' },
    slot: { type: 'string', default: '4' },
    kill: { type: 'boolean', default: false },
    lock: { type: 'string', default: resolve(self, '../../../dist/crossval/lock.js') },
    contender: { type: 'string' },
  },
});
const [rounds, slot] = [Number(values.rounds), Number(values.slot)];
if (values.contender) await contend(values.contender);
else await measure();

/** One process: tries each lock at its scheduled time, reports the locks it got, and keeps running to hold them. */
async function contend(dir) {
  const { takeLocks } = await import(pathToFileURL(values.lock).href);
  console.log(JSON.stringify({ ready: true }));
  const { start, late } = await new Promise((done) =>
    process.stdin.once('data', (text) => done(JSON.parse(text))),
  );
  // Processes that start later skip the rounds that are over. The first processes skip none, however slow they are.
  const first = late ? Math.max(0, Math.ceil((Date.now() - start) / slot)) : 0;
  for (let round = first; round < rounds; round++) {
    while (Date.now() < start + round * slot);
    try {
      takeLocks([{ file: join(dir, `${round}.lock`), what: `round ${round}` }]);
    } catch (error) {
      if (error.name !== 'LexelError' || !error.message.includes('is locked by')) {
        console.log(JSON.stringify({ round, fault: String(error) }));
      }
      continue;
    }
    const line = JSON.stringify({ round, time: Date.now() });
    process.stdout.write(`${line}\n`);
  }
  console.log(JSON.stringify({ done: true }));
  process.stdin.on('end', () => process.exit()); // the measuring process is gone
  process.stdin.resume();
}

async function measure() {
  const dir = mkdtempSync(join(tmpdir(), 'lexel-stress-'));
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const stale = { pid: dead, host: hostname(), began: null, since: '2026-01-01T00:00:00Z' };
  for (let round = 0; round < rounds; round++) {
    writeFileSync(join(dir, `${round}.lock`), `${JSON.stringify(stale)}\n`);
  }
  const processes = [];
  // Time limit of the test.
  process.on('SIGTERM', () => {
    for (const { child } of processes) child.kill('SIGKILL');
    process.exit(1);
  });
  let begin;
  const enter = () => {
    const args = [self, '--contender', dir, '--lock', values.lock, '--rounds', rounds, '--slot', slot];
    const child = spawn(process.execPath, args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
    const one = { child, lines: [], killed: Number.POSITIVE_INFINITY };
    processes.push(one);
    child.stdin.on('error', () => {}); // killed before it was told to begin
    const lines = createInterface({ input: child.stdout });
    one.ready = new Promise((done) => {
      lines.on('line', (text) => {
        const line = JSON.parse(text);
        if (line.ready) done();
        else one.lines.push(line);
      });
    });
    one.done = new Promise((done) => {
      lines.on('line', (text) => JSON.parse(text).done && done());
      child.on('exit', done);
    });
    one.closed = new Promise((done) => child.on('close', done));
    if (begin) one.ready.then(() => child.stdin.write(JSON.stringify({ start: begin, late: true })));
    return one;
  };
  const first = Array.from({ length: Number(values.processes) }, enter);
  await Promise.all(first.map((one) => one.ready));
  begin = Date.now() + 50;
  for (const { child } of first) child.stdin.write(JSON.stringify({ start: begin, late: false }));
  let kills = 0;
  const killer = values.kill
    ? setInterval(() => {
        const alive = processes.filter(({ killed }) => killed === Number.POSITIVE_INFINITY);
        const one = alive[Math.floor(Math.random() * alive.length)];
        one.killed = Date.now();
        one.child.kill('SIGKILL');
        kills++;
        if (Date.now() < begin + rounds * slot) enter();
        else clearInterval(killer);
      }, 150)
    : undefined;
  for (let i = 0; i < processes.length; i++) await processes[i].done;
  clearInterval(killer);
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(({ closed }) => closed));

  const taken = processes.flatMap(({ lines, killed, child }) =>
    lines.filter(({ time }) => time).map(({ round, time }) => ({ round, time, killed, pid: child.pid })),
  );
  const held = groupBy(taken);
  let double = 0;
  for (const holders of held.values()) {
    holders.sort((a, b) => a.time - b.time);
    if (holders.some(({ time }, i) => holders.slice(0, i).some(({ killed }) => time < killed))) double++;
  }
  // A killed process may not have reported its last lock.
  const wrong = values.kill
    ? 0
    : [...held].filter(([round, holders]) => !names(join(dir, `${round}.lock`), holders.at(-1).pid)).length;
  const faults = processes.flatMap(({ lines }) =>
    lines.filter(({ fault }) => fault).map(({ fault }) => fault),
  );
  const left = readdirSync(dir).filter((name) => !/^\d+\.lock$/.test(name));
  rmSync(dir, { recursive: true });
  const all = { rounds, taken: held.size, double, wrong, kills, faults: faults.length, left: left.length };
  console.log(JSON.stringify({ ...all, fault: faults[0], leftover: left[0] }));
}

function names(file, pid) {
  return JSON.parse(readFileSync(file, 'utf8')).pid === pid;
}

function groupBy(taken) {
  const groups = new Map();
  for (const one of taken) groups.set(one.round, [...(groups.get(one.round) ?? []), one]);
  return groups;
}
