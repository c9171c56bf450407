// A small disk of one's own, which can be filled. It needs the right to mount one: root has it, others in a namespace of their own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const INSIDE = 'LEXEL_CRASH_TEST_INSIDE';

/**
 * Runs this very command again in a mount namespace of its own, where it may mount disks that are gone when it ends.
 * @returns its exit code; null where this process is the one inside, or there is no such thing here
 */
export function inNamespace() {
  if (process.env[INSIDE]) return null;
  const env = { ...process.env, [INSIDE]: '1' };
  if (
    spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { stdio: 'ignore' }).status !== 0
  )
    return null;
  const command = [process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync('unshare', ['-rm', ...command], { env, stdio: 'inherit' });
  return status ?? 1;
}

/** Whether disks can be mounted and filled here. */
export const hasDisks = () => process.env[INSIDE] === '1';

/** Mounts a disk of so many MB at a folder, where that is possible; else it is a folder like others. */
export function mountDisk(dir, megabytes) {
  mkdirSync(dir, { recursive: true });
  if (!hasDisks()) return;
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`no disk at ${dir}: ${stderr}`);
}

export function unmountDisk(dir) {
  if (hasDisks()) spawnSync('umount', ['-l', dir]);
  rmSync(dir, { recursive: true, force: true });
}

const BALLAST = '.ballast';

/** Fills a disk until so many KB are left. */
export function fillDisk(dir, kilobytesLeft) {
  const { bavail, bsize } = statfsSync(dir);
  writeFileSync(join(dir, BALLAST), Buffer.alloc(Math.max(0, bavail * bsize - 1024 * kilobytesLeft)));
}

export function clearDisk(dir) {
  rmSync(join(dir, BALLAST), { force: true });
}
