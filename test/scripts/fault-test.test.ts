/** Runs small parts of `npm run fault-test`. */

import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasRedis } from '../queue/redis-server.js';

const run = (args: string[]) =>
  new Promise<{ code: number; out: string }>((done) => {
    const options = { maxBuffer: 1 << 28 };
    execFile(
      process.execPath,
      [resolve('scripts/fault-test.mjs'), ...args],
      options,
      (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, out: stdout + stderr }),
    );
  });

describe.skipIf(process.platform === 'win32' || !hasRedis())('npm run fault-test', () => {
  it('loses nothing in ten schedules of faults, and all results have the bits of a local run', async () => {
    const { code, out } = await run(['--schedules', '10', '--results', '6', '--seed', '7']);
    expect(code, out).toBe(0);
    expect(out).toMatch(/^\d+ events in 10 schedules: 60 results of 60,/m);
    expect(out).toContain('No result was lost, none was committed twice');
  }, 900_000);

  it('loses nothing if workers are killed one after another, with two coordinators', async () => {
    const kills = ['--event', 'worker killed (SIGKILL)', '--workers', '4', '--coordinators', '2'];
    const { code, out } = await run(['--schedules', '1', '--results', '10', ...kills]);
    expect(code, out).toBe(0);
    expect(out).toMatch(/events in 1 schedules: 10 results of 10,/);
  }, 600_000);

  it('says which events there are', async () => {
    const { code, out } = await run(['--event', 'an earthquake']);
    expect(code).toBe(2);
    expect(out).toContain('no event "an earthquake"');
    expect(out).toContain('worker killed (SIGKILL)');
  });
});
