import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { takeLocks, withLock } from '../../src/crossval/lock.js';
import { belongsToLock, lockState } from '../../src/crossval/lock-file.js';
import { temporaryName } from '../../src/formats/temporary.js';
import { beganAt, stateOf } from '../../src/util/processes.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-lock-'));
const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
afterAll(() => {
  other.kill();
  rmSync(root, { recursive: true });
});

let files = 0;
const lock = () => ({ file: join(root, `${files++}.lock`), what: 'fold red_circle' });
const holder = (changes: object) =>
  `${JSON.stringify({ pid: other.pid, host: hostname(), began: null, since: '2026-01-01T00:00:00Z', ...changes })}\n`;

function linkToPipe(file: string): void {
  execFileSync('mkfifo', [`${file}.pipe`]);
  symlinkSync(`${file}.pipe`, file);
}

describe('takeLocks', () => {
  it('takes all or none', () => {
    const [free, taken] = [lock(), lock()];
    writeFileSync(taken.file, holder({}));
    expect(() => takeLocks([free, taken])).toThrow(
      `fold red_circle is locked by process ${other.pid} since 2026-01-01`,
    );
    expect(existsSync(free.file)).toBe(false);
    rmSync(taken.file);
    const release = takeLocks([free, taken]);
    expect(JSON.parse(readFileSync(free.file, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    expect(() => takeLocks([free])).toThrow(`process ${process.pid}`);
    release(free.file);
    expect([existsSync(free.file), existsSync(taken.file)]).toEqual([false, true]);
  });

  it('takes over the lock of a dead process, or of an earlier one with the same id', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    for (const left of [
      { pid: dead },
      { pid: process.pid },
      ...(existsSync('/proc/self/stat') ? [{ began: '1' }] : []),
    ]) {
      const one = lock();
      writeFileSync(one.file, holder(left));
      takeLocks([one]);
      expect(JSON.parse(readFileSync(one.file, 'utf8')).pid).toBe(process.pid);
    }
  });

  it('does not take a lock of another machine, and names the file to delete', () => {
    const one = lock();
    writeFileSync(one.file, holder({ host: 'elsewhere', pid: 1 }));
    expect(() => takeLocks([one])).toThrow('process 1 on elsewhere');
  });

  it.each<[string, (file: string) => void, string]>([
    ['nothing', (file) => writeFileSync(file, ''), 'it is empty'],
    ['half a record', (file) => writeFileSync(file, '{"pid":'), 'it is not JSON'],
    ['binary', (file) => writeFileSync(file, Buffer.from([0, 255, 10, 200])), 'it is not JSON'],
    ['other JSON', (file) => writeFileSync(file, '{"pid":"12"}\n'), 'it names no process'],
    ['no process', (file) => writeFileSync(file, holder({ pid: -1 })), 'it names no process'],
    ['a list', (file) => writeFileSync(file, '[1]}\n'), 'it is not JSON'],
    ['a folder', (file) => mkdirSync(file), 'it is a folder, not a file'],
    ['a link to nothing', (file) => symlinkSync('nowhere', file), 'it is a link to nothing'],
    ['a pipe', (file) => execFileSync('mkfifo', [file]), 'it is a pipe, not a file'],
    ['a link to a pipe', linkToPipe, 'it is a pipe, not a file'],
  ])('never takes over a lock that contains %s, however old', (_, write, problem) => {
    const one = lock();
    write(one.file);
    if (existsSync(one.file)) utimesSync(one.file, new Date(0), new Date(0));
    expect(() => takeLocks([one])).toThrow(
      expect.objectContaining({
        message: `fold red_circle cannot be locked: ${one.file}: ${problem}`,
        hint: expect.stringContaining(`delete ${one.file}`),
      }),
    );
    expect(lockState(one.file)).toEqual({ file: one.file, problem });
    rmSync(one.file, { recursive: true });
    takeLocks([one]);
  });

  it('takes a lock despite a claim file that cannot be removed', () => {
    const one = lock();
    const claim = `${one.file}.after-0123456789abcdef`;
    mkdirSync(claim);
    takeLocks([one]);
    expect(JSON.parse(readFileSync(one.file, 'utf8')).pid).toBe(process.pid);
    rmSync(claim, { recursive: true });
  });

  it('never takes the lock of a stopped process, and reports that it is stopped', async () => {
    const one = lock();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const began = beganAt(child.pid!);
    writeFileSync(one.file, holder({ pid: child.pid, began }));
    child.kill('SIGSTOP');
    while (stateOf({ pid: child.pid!, began }) !== 'stopped');
    expect(() => takeLocks([one])).toThrow(/process \d+ since 2026-01-01T00:00:00Z, which is stopped/);
    child.kill('SIGKILL');
    await new Promise((done) => child.on('exit', done));
    takeLocks([one]);
  });

  it.runIf(existsSync('/proc/self/stat'))('takes over the lock of a zombie', async () => {
    const one = lock();
    // The shell never waits for its child, so the child stays a zombie.
    const shell = spawn('sh', ['-c', 'sleep 0.01 & echo $!; exec sleep 20']);
    const pid = Number(await new Promise((done) => shell.stdout.once('data', done)));
    const began = beganAt(pid);
    writeFileSync(one.file, holder({ pid, began }));
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
    takeLocks([one]);
    shell.kill();
  });

  it('does not take a lock of its own process, by any path', () => {
    const one = lock();
    takeLocks([one]);
    const folder = join(root, 'same');
    symlinkSync(root, folder);
    const again = { ...one, file: one.file.replace(root, folder) };
    expect(() => takeLocks([again])).toThrow(`is locked by process ${process.pid}`);
  });

  it('continues a takeover that was interrupted at any point', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const records = ['a', 'b', 'c', 'd'].map((id) => holder({ pid: dead, id }));
    const successor = (file: string, text: string) =>
      `${file}.after-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    const one = lock();
    writeFileSync(one.file, records[0]);
    writeFileSync(successor(one.file, records[0]), records[1]);
    writeFileSync(successor(one.file, records[1]), records[2]);
    // The claim of a slow process, for a record that is no longer in the chain.
    writeFileSync(successor(one.file, records[3]), holder({}));
    takeLocks([one]);
    expect(JSON.parse(readFileSync(one.file, 'utf8')).pid).toBe(process.pid);
    expect(readdirSync(root).filter((name) => name.includes('.after-'))).toEqual([]);

    // A process that has claimed the lock but not yet renamed its claim holds the lock.
    const two = lock();
    writeFileSync(two.file, records[0]);
    writeFileSync(successor(two.file, records[0]), holder({}));
    expect(() => takeLocks([two])).toThrow(`is locked by process ${other.pid}`);
    expect(readFileSync(two.file, 'utf8')).toBe(records[0]);
  });

  const stress = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const script = fileURLToPath(new URL('./lock-stress.mjs', import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      timeout: 60_000,
    });
    return stdout ? JSON.parse(stdout) : `nothing within a minute: ${stderr}`;
  };

  it('has one holder, however many processes compete for the lock of a dead one', () => {
    expect(stress(['--rounds', '300'])).toEqual({
      ...{ rounds: 300, taken: 300, double: 0, wrong: 0, kills: 0, faults: 0, left: 0 },
    });
  });

  it('has one holder even if processes are killed during a takeover', () => {
    expect(stress(['--rounds', '400', '--kill'])).toMatchObject({ double: 0, faults: 0 });
  });

  const inNamespace = (line: string, ...args: string[]) =>
    spawnSync('unshare', ['-rm', 'sh', '-ec', line, 'sh', ...args], { encoding: 'utf8' });
  const mountable = inNamespace(`mount -t tmpfs tmpfs ${root}`).status === 0;
  if (!mountable) console.warn('No test of locks on a full disk: no file system can be mounted here.');

  it.runIf(mountable)('leaves no lock on a full disk, and reports that the disk is full', () => {
    const disk = join(root, 'disk');
    mkdirSync(disk);
    const module = resolve('dist/crossval/lock.js');
    const program = `
      import { takeLocks } from ${JSON.stringify(module)};
      import { readdirSync, rmSync } from 'node:fs';
      const locks = [{ file: '${disk}/x.lock', what: 'fold x' }];
      try { takeLocks(locks); } catch ({ name, message }) { console.log(name + ': ' + message); }
      console.log(readdirSync('${disk}').join());
      rmSync('${disk}/big');
      takeLocks(locks);
      console.log(readdirSync('${disk}').join());`;
    const { stdout, stderr } = inNamespace(
      'mount -t tmpfs -o size=16k tmpfs "$1"; dd if=/dev/zero of="$1/big" bs=4k count=9 2>/dev/null || true; ' +
        '"$2" --input-type=module -e "$3"',
      ...[disk, process.execPath, program],
    );
    expect(stderr).toBe('');
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      `SystemError: ${disk}/x.lock cannot be written: the disk is full`,
      'big',
      'x.lock',
    ]);
  });

  const shim = join(root, 'no-links.so');
  const source = '#include <errno.h>\nint link(const char *a, const char *b) { errno = EPERM; return -1; }\n';
  const compiled =
    process.platform === 'linux' &&
    spawnSync('cc', ['-shared', '-fPIC', '-x', 'c', '-', '-o', shim], { input: source }).status === 0;
  if (!compiled) console.warn('No test of locks without hard links: no C compiler here.');

  it.runIf(compiled)('has one holder on a file system without hard links', () => {
    // A process that reads a lock while another writes it may find it empty, and reports that.
    expect(stress(['--rounds', '200'], { LD_PRELOAD: shim })).toMatchObject({
      ...{ taken: 200, double: 0, wrong: 0, left: 0 },
    });
  });

  it('does not release a lock that it no longer holds', () => {
    const one = lock();
    const release = takeLocks([one]);
    release(one.file);
    writeFileSync(one.file, holder({}));
    release(one.file);
    expect(existsSync(one.file)).toBe(true);

    // Also if the user has deleted the lock and another process has taken it since.
    const two = lock();
    const back = takeLocks([two]);
    writeFileSync(two.file, holder({}));
    back(two.file);
    expect(readFileSync(two.file, 'utf8')).toBe(holder({}));
  });
});

it('belongsToLock recognises the temporary and claim files of a lock', () => {
  const own = ['run.lock', 'run.lock.after-0123456789abcdef', temporaryName('run.lock')];
  const others = ['run.json', 'run.lock.txt', 'other-run.lock', temporaryName('run.json'), 'run.locked'];
  expect([...own, ...others].filter((name) => belongsToLock(name, 'run.lock'))).toEqual(own);
});

describe('withLock', () => {
  it('waits while a record is being written', async () => {
    const one = lock();
    writeFileSync(one.file, '');
    setTimeout(() => rmSync(one.file), 80);
    expect(await withLock(one, () => 6)).toBe(6);
  });

  it('waits until the lock is free', async () => {
    const one = lock();
    const release = takeLocks([one]);
    setTimeout(() => release(one.file), 120);
    const start = Date.now();
    expect(await withLock(one, () => 5)).toBe(5);
    expect(Date.now() - start).toBeGreaterThan(90);
    expect(existsSync(one.file)).toBe(false);
  });

  it('gives up after its time limit, and releases the lock after a failure', async () => {
    const one = lock();
    const release = takeLocks([one]);
    await expect(withLock(one, () => 0, 60)).rejects.toThrow('fold red_circle is locked by');
    release(one.file);
    await expect(
      withLock(one, () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(existsSync(one.file)).toBe(false);
  });
});
