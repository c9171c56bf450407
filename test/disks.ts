/** Disks of a megabyte for tests, in memory, which only root can mount. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';

const mounted: string[] = [];

/**
 * An empty disk of 1 MiB, read-only with `ro`. Undefined, and said so, where none can be mounted.
 * @param under a folder; call {@link unmountAll} before it is removed
 */
export function smallDisk(under: string, mode: 'rw' | 'ro' = 'rw'): string | undefined {
  const disk = mkdtempSync(join(under, 'disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=1m,${mode}`, 'tmpfs', disk]);
  if (status !== 0) {
    console.warn('skipped: a full or read-only disk (only root can mount one)');
    return undefined;
  }
  mounted.push(disk);
  return disk;
}

export function unmountAll(): void {
  for (const disk of mounted.splice(0)) spawnSync('umount', [disk]);
}
