// What the bench runs on: CPU, which of its processors to use, and whether anything else uses them.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform } from 'node:os';

/** Load average above which the numbers are not to be trusted. */
const QUIET_LOAD = 0.3;
/** Share of all processors in use by others above which they are not to be trusted either. */
const QUIET_SHARE = 0.05;

const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** "0-3,8" -> [0, 1, 2, 3, 8] */
function parseList(text) {
  return text
    .trim()
    .split(',')
    .filter(Boolean)
    .flatMap((part) => {
      const [first, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

/**
 * Processors that this process may use, one of every physical core first, so that the first n of them are n cores
 * wherever there are as many.
 */
export function usableProcessors() {
  const allowed = parseList(/^Cpus_allowed_list:\s*(\S+)/m.exec(read('/proc/self/status'))?.[1] ?? '');
  if (allowed.length === 0) return Array.from({ length: availableParallelism() }, (_, i) => i);
  const rank = new Map();
  const seen = new Map();
  for (const cpu of allowed) {
    const core = read(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`) || String(cpu);
    rank.set(cpu, seen.get(core) ?? 0);
    seen.set(core, rank.get(cpu) + 1);
  }
  return allowed.sort((a, b) => rank.get(a) - rank.get(b) || a - b);
}

const canPin = platform() === 'linux' && spawnSync('taskset', ['--version']).status === 0;

/**
 * The command that holds a program to `threads` usable processors from the `first` one on; without taskset, the bare program.
 * @param {number} threads
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {[string, readonly string[]]}
 */
export function pinned(threads, program, args, first = 0) {
  if (!canPin) return [program, args];
  return [
    'taskset',
    [
      '-c',
      usableProcessors()
        .slice(first, first + threads)
        .join(','),
      program,
      ...args,
    ],
  ];
}

/** Ticks of all processors so far: in use, stolen by the host, and in all. */
function ticks() {
  const [user, nice, system, idle, wait, irq, soft, steal] = read('/proc/stat')
    .split('\n')[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const used = user + nice + system + irq + soft;
  return { used, steal, total: used + idle + wait + steal };
}

/** What others use of the machine: load average, and the share of processor time over `ms` in which we only wait. */
export async function quietness(ms = 1500) {
  const load = loadavg()[0];
  if (platform() !== 'linux') return { load, busy: null, quiet: load <= QUIET_LOAD };
  const before = ticks();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const after = ticks();
  const busy =
    (after.used + after.steal - before.used - before.steal) / Math.max(1, after.total - before.total);
  return { load, busy, quiet: load <= QUIET_LOAD && busy <= QUIET_SHARE };
}

/**
 * {@link quietness}, after waiting up to `patience` seconds for the load average to forget what has already ended, such
 * as the build just before. While something still runs, it does not wait.
 */
export async function waitForQuiet(patience) {
  const end = performance.now() + patience * 1000;
  for (;;) {
    const state = await quietness();
    if (state.quiet || state.busy === null || state.busy > QUIET_SHARE || performance.now() > end)
      return state;
    await new Promise((resolve) => setTimeout(resolve, 5000));
  }
}

/** Starts a count of the time that the host took away; the function that it returns reads the share. */
export function watchSteal() {
  if (platform() !== 'linux') return () => null;
  const before = ticks();
  return () => {
    const after = ticks();
    return (after.steal - before.steal) / Math.max(1, after.total - before.total);
  };
}

/** Processor time that a process and its threads have used, in seconds; null where /proc is not there. */
export function processorSeconds(pid) {
  const stat = read(`/proc/${pid}/stat`);
  if (!stat) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export function describeCpu() {
  const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(read('/proc/cpuinfo'))?.[1].split(' ') ?? []);
  const known = ['avx2', 'fma', 'avx512f', 'avx512_fp16', 'avx512_bf16', 'amx_tile'].filter((flag) =>
    flags.has(flag),
  );
  return {
    model: cpus()[0]?.model.trim() || 'unknown CPU',
    processors: usableProcessors().length,
    instructionSet: known.join(' ') || process.arch,
    pinning: canPin,
  };
}
