/** Runs the part of `npm run bench:queue` that trains nothing, with few folds. */

import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasRedis } from '../queue/redis-server.js';

describe.skipIf(!hasRedis())('npm run bench:queue', () => {
  it('brings 50 folds through the queue, loses none and trains none twice', async () => {
    const args = ['dispatch', '--folds', '50'];
    const { code, out } = await new Promise<{ code: number; out: string }>((done) => {
      execFile(process.execPath, [resolve('bench/queue/run.mjs'), ...args], (error, stdout, stderr) =>
        done({ code: error ? Number(error.code) : 0, out: stdout + stderr }),
      );
    });
    expect(code, out).toBe(0);
    expect(out).toMatch(/lost, trained twice, different +\| +0, 0, 0 \| 0 met/);
    // A claim, a result and a release: 11, and what a worker does at its start.
    const [, operations] = /store operations a fold: workers' +\| +([\d.]+)/.exec(out) ?? [];
    expect(Number(operations)).toBeGreaterThan(10);
    expect(Number(operations)).toBeLessThan(13);
  });
});
