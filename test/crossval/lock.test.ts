import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { takeLocks, withLock } from '../../src/crossval/lock.js';

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

describe('takeLocks', () => {
  it('takes all or none', () => {
    const [free, taken] = [lock(), lock()];
    writeFileSync(taken.file, holder({}));
    expect(() => takeLocks([free, taken])).toThrow(
      `fold red_circle is in the hands of process ${other.pid} since 2026-01-01`,
    );
    expect(existsSync(free.file)).toBe(false);
    rmSync(taken.file);
    const release = takeLocks([free, taken]);
    expect(JSON.parse(readFileSync(free.file, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    expect(() => takeLocks([free])).toThrow(`process ${process.pid}`);
    release(free.file);
    expect([existsSync(free.file), existsSync(taken.file)]).toEqual([false, true]);
  });

  it('takes over what a dead process, or an earlier one of the same id, has left', () => {
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

  it('leaves a lock of another machine, and says which file to delete', () => {
    const one = lock();
    writeFileSync(one.file, holder({ host: 'elsewhere', pid: 1 }));
    expect(() => takeLocks([one])).toThrow('process 1 on elsewhere');
  });

  it('waits with a half-written lock until it is old', () => {
    const one = lock();
    writeFileSync(one.file, '{"pid":');
    expect(() => takeLocks([one])).toThrow('in use by another process');
    utimesSync(one.file, new Date(0), new Date(0));
    takeLocks([one]);
  });

  it('does not give back what is no longer its own', () => {
    const one = lock();
    const release = takeLocks([one]);
    release(one.file);
    writeFileSync(one.file, holder({}));
    release(one.file);
    expect(existsSync(one.file)).toBe(true);
  });
});

describe('withLock', () => {
  it('waits its turn', async () => {
    const one = lock();
    const release = takeLocks([one]);
    setTimeout(() => release(one.file), 120);
    const start = Date.now();
    expect(await withLock(one, () => 5)).toBe(5);
    expect(Date.now() - start).toBeGreaterThan(90);
    expect(existsSync(one.file)).toBe(false);
  });

  it('gives up in the end, and gives back after a failure', async () => {
    const one = lock();
    const release = takeLocks([one]);
    await expect(withLock(one, () => 0, 60)).rejects.toThrow('fold red_circle is in the hands of');
    release(one.file);
    await expect(
      withLock(one, () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(existsSync(one.file)).toBe(false);
  });
});
