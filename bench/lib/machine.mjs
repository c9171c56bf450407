// Describes the machine: CPU, usable processors, and whether other programs use them.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform } from 'node:os';

/** Above this load average, measurements are not reliable. */
const QUIET_LOAD = 0.3;
/** Above this share of processor time used by other programs, measurements are not reliable. */
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
 * Processors that this process may use. The first of each physical core come first, so that the first n are
 * on n different cores if there are as many.
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
 * The command that pins a program to `threads` usable processors, starting with index `first`. Without
 * taskset it is the plain program.
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

/** Ticks of all processors so far: in use, stolen by the host, and total. */
function ticks() {
  const [user, nice, system, idle, wait, irq, soft, steal] = read('/proc/stat')
    .split('\n')[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const used = user + nice + system + irq + soft;
  return { used, steal, total: used + idle + wait + steal };
}

/**
 * Use of the machine by other programs: load average, and the share of processor time over `ms`, during which
 * this process is idle.
 */
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
 * {@link quietness}, after waiting up to `patience` seconds for the load average of ended programs, such as
 * the build, to decay. If something still runs, it does not wait.
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

/** Starts measuring the processor time taken by the host (steal); the returned function gives its share. */
export function watchSteal() {
  if (platform() !== 'linux') return () => null;
  const before = ticks();
  return () => {
    const after = ticks();
    return (after.steal - before.steal) / Math.max(1, after.total - before.total);
  };
}

/** Processor time in seconds that a process and its threads have used; null without /proc. */
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
