/** What this process may use of the machine: less than all, in a container. */
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

/** Bytes of memory that this process may use: the machine's memory, or the container's limit if that is lower. */
export function machineMemory(): number {
  // Without a limit, constrainedMemory() returns 0, or an impossibly large number if the cgroup limit is "max".
  const constrained = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return Math.min(totalmem(), constrained);
}

/**
 * Cores that this process may use. `availableParallelism` knows the affinity of the process, but not the quota of a container: with two CPUs
 * of a machine with 64, a fold per core would be 64 folds.
 * @param root of the file system, for tests
 * @returns at least 1; a quota of 1.5 CPUs counts as 2
 */
export function usableCores(root = '/'): number {
  const quota = quotas.get(root) ?? cpuQuota(root);
  quotas.set(root, quota);
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(quota)));
}

/** By root. Read once, because every call that takes images asks for it. */
const quotas = new Map<string, number>();

/** The smallest quota of this process's control groups, in CPUs; infinite if there is none, or it cannot be read. */
function cpuQuota(root: string): number {
  if (process.platform !== 'linux') return Infinity;
  const lines = text(join(root, 'proc/self/cgroup')).split('\n');
  const found = lines.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    // Version 2 has one hierarchy without a name; in version 1 the processor has its own.
    if (controllers === '') return quotasAbove(join(root, 'sys/fs/cgroup'), path, quotaV2);
    if (!controllers.split(',').includes('cpu')) return [];
    return quotasAbove(join(root, 'sys/fs/cgroup', controllers), path, quotaV1);
  });
  return Math.min(...found); // infinite for none
}

/** The quotas of a group and of those that contain it. A container may see its own group as the mount's root. */
function quotasAbove(mount: string, path: string, quotaOf: (folder: string) => number | null): number[] {
  const quotas: number[] = [];
  for (let at = join('/', path); ; at = dirname(at)) {
    const quota = quotaOf(join(mount, at));
    if (quota !== null) quotas.push(quota);
    if (at === '/') return quotas;
  }
}

function quotaV2(folder: string): number | null {
  const [quota, period] = text(join(folder, 'cpu.max')).split(' ').map(Number);
  return ratio(quota, period);
}

function quotaV1(folder: string): number | null {
  const [quota, period] = ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) =>
    Number(text(join(folder, name))),
  );
  return ratio(quota, period);
}

/** "max" and −1 mean that there is no quota. */
const ratio = (quota: number, period: number) => (quota > 0 && period > 0 ? quota / period : null);

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
