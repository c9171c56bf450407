import { spawn, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { askPs, beganAt, stateOf } from '../../src/util/processes.js';

describe.skipIf(process.platform === 'win32')('stateOf', () => {
  it('distinguishes running, stopped and ended processes, and a later process with the same id', async () => {
    const child = spawn('sleep', ['20']);
    const name = { pid: child.pid!, began: beganAt(child.pid!) };
    expect(name.began).toMatch(/^\d+$/);
    expect(stateOf(name)).toBe('running');
    expect(stateOf({ ...name, began: null })).toBe('running');
    expect(stateOf({ ...name, began: '1' })).toBe('gone');
    child.kill('SIGSTOP');
    await expect.poll(() => stateOf(name)).toBe('stopped');
    child.kill('SIGCONT');
    await expect.poll(() => stateOf(name)).toBe('running');
    child.kill('SIGKILL');
    await expect.poll(() => stateOf(name)).toBe('gone');
    await expect.poll(() => beganAt(child.pid!)).toBeNull();
  });

  it.runIf(spawnSync('ps', ['-p', String(process.pid)]).status === 0)('parses the output of ps', () => {
    const said = askPs(process.pid)!;
    expect(said.state).toMatch(/^[RSDI]/);
    const start = Date.now() / 1000 - process.uptime();
    expect(Math.abs(Number(said.began) - start)).toBeLessThan(30);
    expect(askPs(spawnSync('true').pid)).toBeNull();
  });
});
