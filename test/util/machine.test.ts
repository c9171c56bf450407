import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { usableCores } from '../../src/util/machine.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-cores-'));
afterAll(() => rmSync(root, { recursive: true }));

let systems = 0;

/** A file system with these files. */
function system(files: Record<string, string>): string {
  const own = join(root, `${systems++}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(own, name)), { recursive: true });
    writeFileSync(join(own, name), content);
  }
  return own;
}

const all = availableParallelism();

describe.runIf(process.platform === 'linux')('usableCores', () => {
  it.each<[string, Record<string, string>, number]>([
    ['no control groups', {}, all],
    ['an empty file', { 'proc/self/cgroup': '' }, all],
    [
      'version 2, in a container',
      { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '100000 100000\n' },
      1,
    ],
    ['version 2, no quota', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' }, all],
    [
      'version 2, a quota of a group that contains this one',
      {
        'proc/self/cgroup': '0::/pods/one\n',
        'sys/fs/cgroup/pods/cpu.max': '20000 100000\n',
        'sys/fs/cgroup/pods/one/cpu.max': 'max 100000\n',
      },
      1,
    ],
    [
      'version 1, in a container',
      {
        'proc/self/cgroup': '5:memory:/docker/ab\n4:cpu,cpuacct:/docker/ab\n0::/\n',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      },
      1,
    ],
    [
      'version 1, no quota',
      {
        'proc/self/cgroup': '1:cpu:/\n',
        'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      all,
    ],
    [
      'more than the machine',
      { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '9000000 1000\n' },
      all,
    ],
    ['nonsense', { 'proc/self/cgroup': 'a:b\n0::/\n', 'sys/fs/cgroup/cpu.max': 'x y z\n' }, all],
  ])('%s', (_, files, cores) => {
    expect(usableCores(system(files))).toBe(cores);
  });

  it('rounds a quota up', () => {
    const files = { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '110000 100000\n' };
    expect(usableCores(system(files))).toBe(Math.min(2, all));
  });
});
