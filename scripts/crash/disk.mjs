// A small temporary disk that the test can fill. Mounting it needs root, or a separate user and mount namespace.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const INSIDE = 'LEXEL_CRASH_TEST_INSIDE';

/**
 * Reruns this command in a new mount namespace, in which it may mount disks. They are unmounted when the command ends.
 * @returns the exit code of the rerun; null if this process already runs in the namespace, or if the system does not allow one
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

/** Whether this process can mount disks. */
export const hasDisks = () => process.env[INSIDE] === '1';

/** Mounts a disk of `megabytes` MB at `dir`. If disks cannot be mounted, `dir` is an ordinary folder. */
export function mountDisk(dir, megabytes) {
  mkdirSync(dir, { recursive: true });
  if (!hasDisks()) return;
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`cannot mount a disk at ${dir}: ${stderr}`);
}

export function unmountDisk(dir) {
  if (hasDisks()) spawnSync('umount', ['-l', dir]);
  rmSync(dir, { recursive: true, force: true });
}

const BALLAST = '.ballast';

/** Fills a disk until `kilobytesLeft` KB are free, or nothing if other processes write to it at the same time. */
export function fillDisk(dir, kilobytesLeft) {
  const { bavail, bsize } = statfsSync(dir);
  try {
    writeFileSync(join(dir, BALLAST), Buffer.alloc(Math.max(0, bavail * bsize - 1024 * kilobytesLeft)));
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  }
}

export function clearDisk(dir) {
  rmSync(join(dir, BALLAST), { force: true });
}
