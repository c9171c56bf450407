/** A real background run that is paused and continued in every way has the same result as an uninterrupted run. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { foldFiles } from '../../src/crossval/index.js';
import { beganAt, stateOf } from '../../src/util/processes.js';
import { fakeRun } from '../statistics/support/fake-run.js';
import { lexel, type Outcome } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-pause-'));
mkdirSync(join(dir, 'none'));
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

const bin = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));

/** A command line that runs in parallel with the test. */
const background = (...args: string[]) => start(args);

/** @param detached run in a separate process group */
function start(args: readonly string[], detached = false) {
  const child = spawn(process.execPath, [bin, ...args], { cwd: dir, detached });
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

const soon = { interval: 10 };
/** Far more epochs than any machine can train during the test, which ends the run. */
const SMALL =
  '--net lite --width 0.25 --batch 32 --limit 128 --threads 1 --epochs 100000 --holdout red_circle';
const files = (name: string) => foldFiles(join(dir, 'runs', name), 'red_circle');
const size = (name: string) => (existsSync(files(name).log) ? statSync(files(name).log).size : 0);

/** The measurements of a log's epochs, without their durations. */
function epochs(log: string): object[] {
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  return lines
    .map((line) => JSON.parse(line))
    .flatMap(({ type, seconds: _, ...epoch }) => (type === 'epoch' ? [epoch] : []));
}

describe.skipIf(process.platform === 'win32')('lexel pause', () => {
  it('stops a run while a command runs, and continues it with the same bits', async () => {
    const alone = background('train', ...SMALL.split(' '), '--out', 'alone');
    const training = background('train', ...SMALL.split(' '), '--out', 'runs/slow');
    await expect.poll(() => size('slow'), soon).toBeGreaterThan(2000);

    // The command waits for the test, and prints how it ended.
    const command = 'while [ ! -e go ]; do sleep 0.02; done; echo measured; exit 7';
    const pause = background('pause', 'runs', '--', 'sh', '-c', command);
    await expect.poll(training.state, soon).toBe('stopped');
    const stood = size('slow');
    await new Promise((done) => setTimeout(done, 300));
    expect(size('slow')).toBe(stood);
    expect(existsSync(files('slow').lock)).toBe(true);

    const [again, second, list, go] = await Promise.all([
      run('train --resume runs/slow'),
      run('pause runs -- echo no'),
      run('pause --list runs'),
      run('pause --continue runs/slow'),
    ]);
    expect(again.code).toBe(1);
    expect(again.err).toContain(`fold red_circle of runs/slow is locked by process ${training.pid}`);
    expect(again.err).toContain('which is stopped');
    for (const refused of [second, go]) {
      expect(refused.err).toContain(`the pause of runs/slow is locked by process ${pause.pid}`);
      expect(refused).toMatchObject({ code: 1, out: '' });
    }
    expect(list.out).toMatch(new RegExp(`${training.pid} +paused by process ${pause.pid} +runs/slow`));
    expect(training.state()).toBe('stopped');

    writeFileSync(join(dir, 'go'), '');
    const { code, out } = await pause.ended;
    expect(code).toBe(7);
    expect(out).toContain(`Paused: process ${training.pid}, which trains in runs/slow\n`);
    expect(out).toMatch(/measured\n1 process continued after \d+ s\.\n$/);
    await expect.poll(training.state, soon).toBe('running');

    // A pause without a command lasts until Ctrl-C.
    const open = background('pause', 'runs/slow');
    await expect.poll(training.state, soon).toBe('stopped');
    await expect.poll(open.text, soon).toContain('Press Ctrl-C to continue them.');
    open.kill('SIGINT');
    expect(await open.ended).toMatchObject({ code: 0 });
    await expect.poll(training.state, soon).toBe('running');

    // If lexel pause is killed, the run remains stopped. --list shows this, and the run can be continued.
    const killed = background('pause', 'runs', '--', 'sh', '-c', 'echo $$ > sleeper; exec sleep 60');
    await expect.poll(() => existsSync(join(dir, 'sleeper')), soon).toBe(true);
    await expect.poll(training.state, soon).toBe('stopped');
    killed.kill('SIGKILL');
    process.kill(Number(readFileSync(join(dir, 'sleeper'), 'utf8')), 'SIGKILL'); // it holds the output open
    await killed.ended;
    expect(training.state()).toBe('stopped');
    expect((await run('pause --list runs')).out).toContain(
      `paused by process ${killed.pid}, which has ended`,
    );
    // The next pause takes over the stopped run.
    expect(await run('pause runs -- true')).toMatchObject({ code: 0 });
    await expect.poll(training.state, soon).toBe('running');

    // A run that was stopped by another process remains stopped until --continue.
    training.kill('SIGSTOP');
    await expect.poll(training.state, soon).toBe('stopped');
    expect((await run('pause runs -- true')).err).toContain('was already stopped and remains stopped');
    expect(training.state()).toBe('stopped');
    expect(await run('pause --continue runs')).toMatchObject({
      code: 0,
      out: `Continued: process ${training.pid}, which trains in runs/slow\n`,
    });
    await expect.poll(training.state, soon).not.toBe('stopped');

    // Every number of every epoch equals that of an uninterrupted run.
    const before = epochs(files('slow').log).length;
    const log = () => epochs(foldFiles(join(dir, 'alone'), 'red_circle').log).length;
    await expect.poll(() => epochs(files('slow').log).length, soon).toBeGreaterThan(before + 1);
    await expect.poll(log, soon).toBeGreaterThan(before + 1);
    for (const one of [training, alone]) one.kill('SIGINT');
    expect([await training.ended, await alone.ended]).toMatchObject([{ code: 130 }, { code: 130 }]);
    const [paused, straight] = [files('slow').log, foldFiles(join(dir, 'alone'), 'red_circle').log].map(
      epochs,
    );
    const common = Math.min(paused.length, straight.length);
    expect(paused.slice(0, common)).toEqual(straight.slice(0, common));
    expect(existsSync(join(dir, 'runs/slow/pause.lock'))).toBe(false);
  });

  it('passes signals on to the command, and continues the runs however the command ends', async () => {
    const holder = spawn('sleep', ['600']);
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
      ['SIGUSR2', 140],
      ['SIGALRM', 142],
      ['SIGXCPU', 152],
    ] as const) {
      const pause = background('pause', 'fake', './fake/a', '--', 'sh', '-c', 'echo begun; exec sleep 60');
      await expect.poll(pause.text, soon).toContain('begun');
      await expect.poll(() => stateOf(name), soon).toBe('stopped');
      pause.kill(signal);
      expect(await pause.ended).toMatchObject({ code });
      await expect.poll(() => stateOf(name), soon).toBe('running');
    }
    const missing = await run('pause fake -- no-such-program --list');
    expect(missing.err).toContain('lexel: no-such-program: there is no such command');
    expect(missing.code).toBe(2);
    await expect.poll(() => stateOf(name), soon).toBe('running');

    // A lock of another process with the same id, one of another machine, and an empty one.
    const others: [object, string][] = [
      [{ ...lock, began: '1' }, 'Nothing to pause: no process trains in fake.'],
      [{ ...lock, host: 'elsewhere' }, `Not paused: process ${name.pid} on elsewhere`],
      [{}, `Cannot determine the training process: fake/a/folds/bus.lock: it names no process`],
    ];
    for (const [content, said] of others) {
      writeFileSync(file, JSON.stringify(content));
      const { code, out, err } = await run('pause fake -- echo here');
      expect([code, out]).toEqual([0, 'here\n']);
      expect(err).toContain(said);
    }
    writeFileSync(file, JSON.stringify({ ...lock, began: null }));
    const unsure = await run('pause fake -- echo here');
    expect(unsure.err).toContain('cannot be distinguished from other processes with its id');
    expect(unsure).toMatchObject({ code: 1, out: '' });
    expect(stateOf(name)).toBe('running');
  });

  it('lists runs that began while the command ran', async () => {
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
      `Not paused because it began later: process ${process.pid}, which trains in late/a`,
    );
  });

  it('exits with the code of its command, whatever happens to the runs', async () => {
    const broken = join(dir, 'broken', 'a');
    fakeRun(broken, { classes: ['bus', 'oak', 'cup'], groups: [[0]], protocol: 'loo', unfinished: 1 });
    const command = 'rm -r broken/a/folds; touch broken/a/folds; exit 7';
    const { code, err } = await lexel(['pause', 'broken', '--', 'sh', '-c', command], { cwd: dir });
    expect(err).toContain('Cannot list the processes that began later: ');
    expect(code).toBe(7);
  });

  /** Prints its parent, the first signal, and the number of signals within half a second of the first. */
  const COUNT = `let n = 0;
    for (const name of ['SIGINT', 'SIGXCPU'])
      process.on(name, () => {
        if (n++ > 0) return;
        console.log('one');
        setTimeout(() => { console.log('heard ' + n); process.exit(); }, 500);
      });
    setTimeout(() => {}, 60_000);
    console.log('begun by ' + process.ppid);`;
  const count = () => {
    writeFileSync(join(dir, 'count.cjs'), COUNT);
    return [process.execPath, 'count.cjs'];
  };

  it('passes a signal on once, whether it is sent to its process or to the whole group', async () => {
    const heard = async (signal: NodeJS.Signals, whole: boolean) => {
      const pause = start(['pause', 'none', '--', ...count()], true);
      await expect.poll(pause.text, soon).toContain('begun by');
      // lexel pause is delayed and receives the signal last, so the command can distinguish a second signal.
      if (whole) pause.kill('SIGSTOP');
      process.kill(whole ? -pause.pid : pause.pid, signal);
      await expect.poll(pause.text, soon).toContain('one');
      pause.kill('SIGCONT');
      return pause.ended;
    };
    const cases = (['SIGINT', 'SIGXCPU'] as const).flatMap((name) => [heard(name, true), heard(name, false)]);
    for (const outcome of await Promise.all(cases))
      expect(outcome).toMatchObject({ code: 0, out: expect.stringContaining('heard 1') });
  });

  const terminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
  if (!terminal) console.warn('No test of Ctrl-C: no terminal can be made here (util-linux script).');

  it.runIf(terminal)(
    'passes a signal on only once at a terminal, where Ctrl-C reaches both processes',
    async () => {
      const heard = async (input: string, by: 'kill' | 'Ctrl-C') => {
        const line = `"${process.execPath}" "${bin}" pause none -- ${count().join(' ')}${input}`;
        const shell = spawn('script', ['-qec', line, '/dev/null'], { cwd: dir });
        started.push(shell.pid!);
        let text = '';
        shell.stdout.on('data', (chunk) => {
          text += chunk;
        });
        await expect.poll(() => text, soon).toMatch(/begun by \d+\s/);
        if (by === 'kill') process.kill(Number(/begun by (\d+)/.exec(text)![1]), 'SIGINT');
        else shell.stdin.write('\x03');
        await expect.poll(() => text, soon).toMatch(/heard \d/);
        return /heard \d/.exec(text)![0];
      };
      // Standard input may be the terminal or not.
      const cases = ['', ' < count.cjs'].flatMap((input) => [heard(input, 'kill'), heard(input, 'Ctrl-C')]);
      expect(await Promise.all(cases)).toEqual(Array(4).fill('heard 1'));
    },
  );

  it('accepts and refuses usage as its help describes', async () => {
    writeFileSync(join(dir, 'file'), '');
    for (const [line, message] of [
      ['pause -- true', 'name the runs to pause'],
      ['pause none -- ', 'the command after -- has no name'],
      ['pause none -- none/no-such', 'none/no-such: there is no such command, or it may not be run'],
      ['pause none -- file/no-such', 'file/no-such: there is no such command, or it may not be run'],
      ['pause none --list -- true', '--list, --continue and a command exclude each other'],
      ['pause none --list --continue', '--list, --continue and a command exclude each other'],
    ]) {
      const { code, out, err } = await run(line);
      expect(err).toContain(`lexel: ${message}\n`);
      expect([code, out]).toEqual([2, '']);
    }
    const { code, err } = await run('pause nowhere -- true');
    expect([code, err]).toEqual([1, 'lexel: nowhere: no such folder\n  give a run, or a folder of runs\n']);
    expect(await run('pause none')).toMatchObject({
      code: 0,
      err: 'Nothing to pause: no process trains in none.\n',
    });
    expect(await run('pause none --list')).toMatchObject({ code: 0, out: 'No process trains there.\n' });
    expect(await run('pause none --continue')).toMatchObject({
      code: 0,
      out: 'No process is stopped there.\n',
    });
    // Options after the dashes belong to the command.
    expect(await run('pause none -- echo --list -- --continue')).toMatchObject({
      out: '--list -- --continue\n',
    });
  });
});
