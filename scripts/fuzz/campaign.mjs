// Distributes cases to child processes, detects hangs and crashes, and counts the outcomes.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./child.mjs', import.meta.url));
/** Cases per task; a process receives one task at a time. */
const CHUNK = 100;
/** A process counts as hung when it is silent for PATIENCE times the time limit per case, and for at least LEAST_PATIENCE milliseconds. */
const PATIENCE = 10;
const LEAST_PATIENCE = 10_000;
/** Limit of a process's JavaScript heap, in MB: a reader that fills memory without end crashes. */
const HEAP = 768;

const FAULTS = ['foreign', 'unnamed', 'believed', 'slow', 'large', 'hung', 'crashed'];

/** Divides the total number of cases among the readers, in proportion to their `share`. */
export function shares(readers, cases) {
  const names = Object.keys(readers);
  const whole = names.reduce((sum, name) => sum + (readers[name].share ?? 1), 0);
  return new Map(
    names.map((name) => [name, Math.max(1, Math.round((cases * (readers[name].share ?? 1)) / whole))]),
  );
}

/**
 * Runs all cases on as many child processes as there are CPU cores.
 * @param options readers: URL of the module with the table of readers; scratch: folder for the children's files; seed; cases: number of
 *   cases per reader; first: number of the first case; until: time (ms since the epoch) after which no new task starts; ms, mb: limits of
 *   time and memory per case
 * @returns outcome counts per reader, and the distinct faults, each with the number of its first case
 */
export async function campaign({ readers, scratch, seed, cases, first, until, ms, mb }) {
  const tasks = [];
  for (let from = 0; [...cases.values()].some((count) => from < count); from += CHUNK) {
    for (const [name, count] of cases) {
      if (from < count) tasks.push({ name, from: first + from, to: first + Math.min(count, from + CHUNK) });
    }
  }
  const counts = new Map([...cases.keys()].map((name) => [name, newCounts()]));
  const faults = new Map();
  const count = (name, number, result) => {
    const own = counts.get(name);
    own.tried++;
    own[result.outcome]++;
    if (result.isSealed) own.sealed++;
    if (result.past) own.past++;
    own.ms = Math.max(own.ms, result.ms ?? 0);
    own.mb = Math.max(own.mb, result.mb ?? 0);
    const kinds = [
      FAULTS.includes(result.outcome) && result.outcome,
      result.ms > ms && 'slow',
      result.mb > mb && 'large',
    ];
    for (const kind of kinds.filter(Boolean)) {
      if (kind !== result.outcome) own[kind]++;
      const key = `${name}\0${kind}\0${(result.error ?? '').replaceAll(/\d+/g, '#')}`;
      const known = faults.get(key);
      if (known) known.count++;
      else faults.set(key, { name, kind, number, error: result.error ?? '', count: 1 });
    }
  };
  const workers = Math.min(availableParallelism(), tasks.length);
  await Promise.all(
    Array.from({ length: workers }, () => work(tasks, { readers, scratch, seed, ms, mb, until }, count)),
  );
  return { counts, faults: [...faults.values()] };
}

const newCounts = () =>
  Object.fromEntries(
    ['tried', 'read', 'refused', 'sealed', 'past', 'ms', 'mb', ...FAULTS].map((key) => [key, 0]),
  );

/** Runs tasks in a child process. A child that hangs or crashes is replaced, and its task resumes after the faulty case. */
async function work(tasks, options, count) {
  let rest;
  while (rest || (tasks.length > 0 && Date.now() < options.until))
    rest = await inChild(tasks, rest, options, count);
}

function inChild(tasks, rest, { readers, scratch, seed, ms, mb, until }, count) {
  const args = ['--expose-gc', `--max-old-space-size=${HEAP}`, CHILD, readers, scratch, seed, ms, mb].map(
    String,
  );
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'inherit', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr = (stderr + text).slice(-4000);
  });
  child.stdin.on('error', () => {}); // the child has died; the close handler below counts that
  let task = rest;
  let current;
  let hung = false;
  let timer;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        hung = true;
        child.kill('SIGKILL');
      },
      Math.max(LEAST_PATIENCE, PATIENCE * ms),
    );
  };
  const next = () => {
    task ??= Date.now() < until ? tasks.shift() : undefined;
    if (task) child.stdin.write(`${JSON.stringify(task)}\n`);
    else child.stdin.end();
  };
  createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stdio[3]) }).on(
    'line',
    (text) => {
      watch();
      const line = JSON.parse(text);
      if (line.begin !== undefined) current = line.begin;
      else if (line.end !== undefined) {
        count(task.name, line.end, line);
        current = undefined;
      } else {
        if (line.done) task = undefined;
        next();
      }
    },
  );
  watch();
  return new Promise((done, fail) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0 && current === undefined) return done(undefined);
      if (current === undefined)
        return fail(
          new Error(`a child process of the fuzzer ended (${code ?? signal}) outside a case: ${stderr}`),
        );
      const error = hung
        ? ''
        : `${signal ?? `exit code ${code}`}: ${stderr.split('\n').find((line) => /FATAL|Error/.test(line)) ?? stderr.trim().split('\n')[0]}`;
      count(task.name, current, { outcome: hung ? 'hung' : 'crashed', past: true, error });
      return done(current + 1 < task.to ? { ...task, from: current + 1 } : undefined);
    });
  });
}
