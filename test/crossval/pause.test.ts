/** Distinguishes processes that a pause has stopped from others. Sleeping processes hold the locks of simulated runs. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { foldFiles } from '../../src/crossval/index.js';
import { continueRuns, listProcesses, pauseRuns } from '../../src/crossval/pause.js';
import { beganAt, stateOf } from '../../src/util/processes.js';
import { fakeRun } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-pauses-'));
const sleepers: ReturnType<typeof spawn>[] = [];
afterAll(() => {
  for (const child of sleepers) child.kill('SIGKILL');
  rmSync(root, { recursive: true });
});

/** A run of two folds, each held by a separate process. */
function training(name: string) {
  const run = join(root, name);
  const classes = ['bus', 'oak', 'cup'];
  fakeRun(run, { classes, groups: [[0], [1]], protocol: 'loo', unfinished: 2 });
  const processes = classes.slice(0, 2).map((fold) => {
    const child = spawn('sleep', ['100']);
    sleepers.push(child);
    const name = { pid: child.pid!, began: beganAt(child.pid!) };
    const lock = { ...name, host: hostname(), since: '2026-01-01T00:00:00Z' };
    writeFileSync(foldFiles(run, fold).lock, JSON.stringify(lock));
    const becomes = (state: string) => expect.poll(() => stateOf(name), { interval: 5 }).toBe(state);
    const send = async (signal: NodeJS.Signals) => {
      child.kill(signal);
      await becomes(signal === 'SIGSTOP' ? 'stopped' : 'running');
    };
    return { ...name, send, state: () => stateOf(name) };
  });
  const dead = spawnSync('true').pid;
  const lock = join(run, 'pause.lock');
  return {
    run,
    processes,
    dead,
    lock,
    /** The lock that a killed `lexel pause` has left. */
    leave: (paused?: { pid: number; began: string | null }[]) =>
      writeFileSync(
        lock,
        JSON.stringify({
          ...{ pid: dead, began: null, host: hostname(), since: '2026-01-01T00:00:00Z' },
          paused: paused?.map(({ pid, began }) => ({ pid, began })),
        }),
      ),
    /** For each process, who has paused it: a process id, null, or "alive" for this process. */
    pausers: () =>
      processes.map(({ pid }) => {
        const { pausedBy } = listProcesses([run]).processes.find((one) => one.pid === pid)!;
        return pausedBy && (pausedBy.gone ? pausedBy.pid : 'alive');
      }),
  };
}

describe.skipIf(process.platform === 'win32')('a pause', () => {
  it('lists the processes that it stops in its lock, and continues only those', async () => {
    const { run, processes, lock, pausers } = training('names');
    const [bus, oak] = processes;
    await oak.send('SIGSTOP');
    const pause = await pauseRuns([run]);
    expect(JSON.parse(readFileSync(lock, 'utf8')).paused).toEqual([{ pid: bus.pid, began: bus.began }]);
    expect(pausers()).toEqual(['alive', null]);
    expect(pause.left.map(({ pid }) => pid)).toEqual([oak.pid]);
    pause.end();
    await expect.poll(bus.state).toBe('running');
    expect([oak.state(), existsSync(lock)]).toEqual(['stopped', false]);
  });

  it('that was killed is not taken for the cause of later stops', async () => {
    const { run, processes, dead, leave, pausers, lock } = training('blamed');
    const [bus, oak] = processes;
    await bus.send('SIGSTOP');
    await oak.send('SIGSTOP');
    leave([bus]);
    expect(pausers()).toEqual([dead, null]);
    // Another process with the same id does not count.
    leave([{ pid: bus.pid, began: '1' }]);
    expect(pausers()).toEqual([null, null]);
    expect(existsSync(lock)).toBe(false);
    // Older locks list no processes, so they apply to any.
    leave();
    expect(pausers()).toEqual([dead, dead]);

    leave([bus]);
    const pause = await pauseRuns([run]);
    expect(pause.paused.map(({ pid }) => pid)).toEqual([bus.pid]);
    expect(pause.left.map(({ pid }) => pid)).toEqual([oak.pid]);
    pause.end();
    await expect.poll(() => [bus.state(), oak.state()]).toEqual(['running', 'stopped']);
    expect(continueRuns([run]).map(({ pid }) => pid)).toEqual([oak.pid]);
  });

  it.each<[string, boolean]>([
    ['lists the stopped processes', true],
    ['is of an older version', false],
  ])(
    'that was killed leaves a lock that is removed once all processes run again: it %s',
    async (_, names) => {
      const { run, processes, dead, leave, pausers, lock } = training(`goes-${names}`);
      const [bus, oak] = processes;
      await bus.send('SIGSTOP');
      leave(names ? [bus, oak] : undefined);
      expect(pausers()).toEqual([dead, null]);
      expect(existsSync(lock)).toBe(true);
      await bus.send('SIGCONT');
      listProcesses([run]);
      expect(existsSync(lock)).toBe(false);
      await bus.send('SIGSTOP');
      expect(pausers()).toEqual([null, null]);
      const pause = await pauseRuns([run]);
      expect(pause.left.map(({ pid }) => pid)).toEqual([bus.pid]);
      pause.end();
      expect(bus.state()).toBe('stopped');
    },
  );

  it('does not remove the lock of a live process, or of one on another machine', async () => {
    const { run, lock, processes } = training('alive');
    for (const holder of [
      { pid: processes[0].pid, began: processes[0].began, host: hostname() },
      { pid: 1, began: null, host: 'elsewhere' },
    ]) {
      const text = JSON.stringify({ ...holder, since: '2026-01-01T00:00:00Z', paused: [] });
      writeFileSync(lock, text);
      listProcesses([run]);
      expect(readFileSync(lock, 'utf8')).toBe(text);
    }
  });
});
