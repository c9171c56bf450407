/** Runs a small part of `npm run crash-test`. */

import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

describe.skipIf(process.platform === 'win32')('npm run crash-test', () => {
  it('ends in the same bits as an undisturbed run after kills, signals and full disks', async () => {
    const args = ['--events', '5', '--seed', '2', '--scenario', 'train', '--scenario', 'words pack'];
    const { code, out } = await new Promise<{ code: number; out: string }>((done) => {
      execFile(process.execPath, [resolve('scripts/crash-test.mjs'), ...args], (error, stdout, stderr) =>
        done({ code: error ? Number(error.code) : 0, out: stdout + stderr }),
      );
    });
    expect(code, out).toBe(0);
    expect(out).toMatch(/^5 events in (\d+) lives of train, words pack; \1 lives ended in the same bits/m);
  });
});
