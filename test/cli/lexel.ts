/** Runs the real command line in a separate process. */

import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * A user who cannot read a folder of mode 000: `nobody` if the tests run as root, who may read everything. Undefined,
 * with a message, if that user cannot run the command line.
 */
export function unprivileged(): { uid?: number } | undefined {
  if (process.getuid?.() !== 0) return process.getuid ? {} : undefined;
  const uid = 65534;
  if (spawnSync(process.execPath, [bin, '--version'], { uid, cwd: '/' }).status === 0) return { uid };
  console.warn('skipped: an unreadable folder (nobody but root can run this checkout)');
  return undefined;
}

export function lexel(
  args: readonly string[],
  options: {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    /** Runs it as another user; only root may do this. */
    uid?: number;
    /** A file or device for its standard output. */
    stdout?: string;
  } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const env: NodeJS.ProcessEnv = { ...process.env, ...options.env };
    for (const name of ['FORCE_COLOR', 'NO_COLOR']) if (options.env?.[name] === undefined) delete env[name];
    const { cwd, uid, stdout } = options;
    const fd = stdout === undefined ? 'pipe' : openSync(stdout, 'w');
    const child = spawn(process.execPath, [bin, ...args], { cwd, env, uid, stdio: ['pipe', fd, 'pipe'] });
    if (typeof fd === 'number') closeSync(fd);
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr!.on('data', (chunk) => {
      err += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
