/** A real run in the background, paused and let go on in every way, ends as one that was left alone. */

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { foldFiles } from '../../src/crossval/index.js';
import { beganAt, stateOf } from '../../src/util/processes.js';
import { fakeRun } from '../analysis/support/fake-run.js';
import { lexel, type Outcome } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-pause-'));
const started: number[] = [];
afterAll(() => {
  for (const pid of started) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {} // it has ended
  }
  rmSync(dir, { recursive: true });
});
const run = (line: string) => lexel(line.split(' '), { cwd: dir });

/** A command line that runs beside the test. */
function background(...args: string[]) {
  const bin = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));
  const child = spawn(process.execPath, [bin, ...args], { cwd: dir });
  const pid = child.pid!;
  started.push(pid);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  const name = { pid, began: beganAt(pid) };
  const ended = new Promise<Outcome>((done) => {
    child.on('close', (code) => done({ code, out: text, err: '' }));
  });
  return {
    pid,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    ended,
    state: () => stateOf(name),
    text: () => text,
  };
}

const soon = { timeout: 20_000, interval: 10 };
const SMALL = '--net lite --width 0.25 --batch 32 --limit 128 --threads 1 --epochs 150 --holdout red_circle';
const files = (name: string) => foldFiles(join(dir, 'runs', name), 'red_circle');
const size = (name: string) => (existsSync(files(name).log) ? statSync(files(name).log).size : 0);

describe.skipIf(process.platform === 'win32')('lexel pause', () => {
  it('stops a run while a command runs, and lets it go on to the same bits', async () => {
    const alone = background('train', ...SMALL.split(' '), '--out', 'alone');
    const training = background('train', ...SMALL.split(' '), '--out', 'runs/slow');
    await expect.poll(() => size('slow'), soon).toBeGreaterThan(2000);

    // The command waits for the test, and says how it ended.
    const command = 'while [ ! -e go ]; do sleep 0.02; done; echo measured; exit 7';
    const pause = background('pause', 'runs', '--', 'sh', '-c', command);
    await expect.poll(training.state, soon).toBe('stopped');
    const before = size('slow');
    await new Promise((done) => setTimeout(done, 300));
    expect(size('slow')).toBe(before);
    expect(existsSync(files('slow').lock)).toBe(true);

    const [again, second, list, go] = await Promise.all([
      run('train --resume runs/slow'),
      run('pause runs -- echo no'),
      run('pause --list runs'),
      run('pause --continue runs/slow'),
    ]);
    expect(again.code).toBe(1);
    expect(again.err).toContain(`fold red_circle of runs/slow is in the hands of process ${training.pid}`);
    expect(again.err).toContain('which is stopped');
    for (const refused of [second, go]) {
      expect(refused.err).toContain(`the pause of runs/slow is in the hands of process ${pause.pid}`);
      expect(refused).toMatchObject({ code: 1, out: '' });
    }
    expect(list.out).toMatch(new RegExp(`${training.pid} +paused by process ${pause.pid} +runs/slow`));
    expect(training.state()).toBe('stopped');

    writeFileSync(join(dir, 'go'), '');
    const { code, out } = await pause.ended;
    expect(code).toBe(7);
    expect(out).toContain(`Paused: process ${training.pid}, which trains in runs/slow\n`);
    expect(out).toMatch(/measured\n1 process goes on after \d+ s\.\n$/);
    await expect.poll(training.state, soon).toBe('running');

    // Until Ctrl-C.
    const open = background('pause', 'runs/slow');
    await expect.poll(training.state, soon).toBe('stopped');
    await expect.poll(open.text, soon).toContain('Ctrl-C lets them go on.');
    open.kill('SIGINT');
    expect(await open.ended).toMatchObject({ code: 0 });
    await expect.poll(training.state, soon).toBe('running');

    // Killed itself, it leaves the run stopped; that can be seen and mended.
    const killed = background('pause', 'runs', '--', 'sleep', '0.5');
    await expect.poll(training.state, soon).toBe('stopped');
    killed.kill('SIGKILL');
    await killed.ended;
    expect(training.state()).toBe('stopped');
    expect((await run('pause --list runs')).out).toContain(`paused by process ${killed.pid}, which is gone`);
    // The next pause takes its place.
    expect(await run('pause runs -- true')).toMatchObject({ code: 0 });
    await expect.poll(training.state, soon).toBe('running');

    // Stopped by somebody else, it stays so, until it is asked for.
    training.kill('SIGSTOP');
    await expect.poll(training.state, soon).toBe('stopped');
    expect((await run('pause runs -- true')).err).toContain('was stopped before and stays so');
    expect(training.state()).toBe('stopped');
    expect(await run('pause --continue runs')).toMatchObject({
      code: 0,
      out: `Goes on: process ${training.pid}, which trains in runs/slow\n`,
    });
    await expect.poll(training.state, soon).not.toBe('stopped');

    expect(await training.ended).toMatchObject({ code: 0 });
    await alone.ended;
    for (const file of ['outputs', 'model'] as const) {
      const straight = readFileSync(foldFiles(join(dir, 'alone'), 'red_circle')[file]);
      expect(readFileSync(files('slow')[file]).equals(straight)).toBe(true);
    }
    expect(existsSync(join(dir, 'runs/slow/pause.lock'))).toBe(false);
  });

  it('passes signals on to the command, and lets go on whatever becomes of it', async () => {
    const holder = spawn('sleep', ['60']);
    started.push(holder.pid!);
    const name = { pid: holder.pid!, began: beganAt(holder.pid!) };
    fakeRun(join(dir, 'fake', 'a'), {
      classes: ['bus', 'oak', 'cup'],
      groups: [[0]],
      protocol: 'loo',
      unfinished: 1,
    });
    const lock = { ...name, host: hostname(), since: '2026-01-01T00:00:00Z' };
    const file = foldFiles(join(dir, 'fake', 'a'), 'bus').lock;
    writeFileSync(file, JSON.stringify(lock));

    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      const pause = background('pause', 'fake', './fake/a', '--', 'sleep', '60');
      await expect.poll(() => stateOf(name), soon).toBe('stopped');
      await expect.poll(pause.text, soon).toContain('Paused');
      await new Promise((done) => setTimeout(done, 50));
      pause.kill(signal);
      expect(await pause.ended).toMatchObject({ code });
      expect(stateOf(name)).toBe('running');
    }
    const missing = await run('pause fake -- no-such-program --list');
    expect(missing.err).toContain('lexel: no-such-program: there is no such command');
    expect(missing.code).toBe(2);
    await expect.poll(() => stateOf(name), soon).toBe('running');

    // A lock of another process of that id, of another machine, and one that says nothing.
    const others: [object, string][] = [
      [{ ...lock, began: '1' }, 'Nothing to pause: no process trains in fake.'],
      [{ ...lock, host: 'elsewhere' }, `Not paused: process ${name.pid} on elsewhere`],
      [{}, `Not known who trains: fake/a/folds/bus.lock: it names no process`],
    ];
    for (const [content, said] of others) {
      writeFileSync(file, JSON.stringify(content));
      const { code, out, err } = await run('pause fake -- echo here');
      expect([code, out]).toEqual([0, 'here\n']);
      expect(err).toContain(said);
    }
    writeFileSync(file, JSON.stringify({ ...lock, began: null }));
    const unsure = await run('pause fake -- echo here');
    expect(unsure.err).toContain('cannot be told from others that had its id');
    expect(unsure).toMatchObject({ code: 1, out: '' });
    expect(stateOf(name)).toBe('running');
  });

  it('says what began while the command ran', async () => {
    const run = join(dir, 'late', 'a');
    fakeRun(run, { classes: ['bus', 'oak', 'cup'], groups: [[0]], protocol: 'loo', unfinished: 1 });
    const lock = JSON.stringify({
      pid: process.pid,
      host: hostname(),
      began: beganAt(process.pid),
      since: '2026-01-01T00:00:00Z',
    });
    const pause = await lexel(['pause', 'late', '--', 'sh', '-c', `echo '${lock}' > late/a/folds/bus.lock`], {
      cwd: dir,
    });
    expect(pause.err).toContain(
      `Not paused, since it began later: process ${process.pid}, which trains in late/a`,
    );
  });

  it('is used as its help says', async () => {
    mkdirSync(join(dir, 'none'));
    for (const [line, message] of [
      ['pause nowhere -- true', 'nowhere: there is no such folder'],
      ['pause -- true', 'which runs to pause is not said'],
      ['pause none --list -- true', '--list, --continue and a command exclude each other'],
      ['pause none --list --continue', '--list, --continue and a command exclude each other'],
    ]) {
      const { code, out, err } = await run(line);
      expect(err).toContain(`lexel: ${message}`);
      expect([code, out]).toEqual([2, '']);
    }
    expect(await run('pause none')).toMatchObject({
      code: 0,
      err: 'Nothing to pause: no process trains in none.\n',
    });
    expect(await run('pause none --list')).toMatchObject({ code: 0, out: 'No process trains there.\n' });
    expect(await run('pause none --continue')).toMatchObject({
      code: 0,
      out: 'No process is stopped there.\n',
    });
    // Options behind the dashes are the command's own.
    expect(await run('pause none -- echo --list -- --continue')).toMatchObject({
      out: '--list -- --continue\n',
    });
  });
});
