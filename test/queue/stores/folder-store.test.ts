import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { isTemporary, uniqueName } from '../../../src/formats/temporary.js';
import { filesUnder, removeStaleTemporaries } from '../../../src/queue/stores/files-under.js';
import { FolderStore } from '../../../src/queue/stores/folder-store.js';
import { openStore } from '../../../src/queue/stores/open-store.js';
import { temporary } from '../../data/helpers.js';
import { smallDisk, unmountAll } from '../../disks.js';
import { itIsAStore, outputOf, startProgram, text } from './contract.js';
import { thrownBy } from './thrown-by.js';

itIsAStore('a folder', async () => ({ where: await temporary() }));

const root = await temporary();
afterAll(unmountAll);
let folders = 0;
const folder = () => {
  const made = join(root, String(folders++));
  mkdirSync(made);
  return made;
};

describe('a store in a folder', () => {
  it('keeps an object as a file, and no temporary file', async () => {
    const dir = folder();
    const store = new FolderStore(dir);
    await store.create('folds/a/1', Buffer.from('one'));
    await store.create('folds/a/1', Buffer.from('two'));
    await store.put('folds/a/1', Buffer.from('three'));
    expect(readdirSync(dir, { recursive: true }).map(String).sort()).toEqual([
      'folds',
      join('folds', 'a'),
      join('folds', 'a', '1'),
    ]);
    expect(statSync(join(dir, 'folds', 'a', '1')).nlink).toBe(1);
    await store.put('folds/b', Buffer.from('other'));
    await store.delete('folds/a/1');
    expect(readdirSync(dir, { recursive: true }).map(String).sort()).toEqual(['folds', join('folds', 'b')]);
  });

  it('lists neither temporary files nor those of the system, nor links', async () => {
    const dir = folder();
    const store = new FolderStore(dir);
    await store.put('a/b', Buffer.from('here'));
    for (const name of ['.DS_Store', 'a/.nfs0001', 'a/with space', uniqueName('a/b')]) {
      writeFileSync(join(dir, name), 'x');
    }
    symlinkSync('..', join(dir, 'a', 'up'));
    expect(await store.list('')).toEqual(['a/b']);
  });

  it('lists while folders vanish, and creates in them', async () => {
    const dir = folder();
    const store = new FolderStore(dir);
    let busy = true;
    const churn = async (who: number) => {
      for (let i = 0; i < 120; i++) {
        const key = `shared/deep/${i % 3}/${who}`;
        expect(await store.create(key, Buffer.from('x'))).toBe(true);
        await store.delete(key);
      }
    };
    await store.put('kept/object', Buffer.from('x'));
    const done = Promise.all([0, 1, 2, 3].map(churn)).finally(() => {
      busy = false;
    });
    while (busy) expect(await store.list('')).toContain('kept/object');
    await done;
    expect(await filesUnder(dir)).toEqual(['kept/object']);
    expect(existsSync(join(dir, 'shared'))).toBe(false);
  });

  it('takes an object of 200 MB', async () => {
    const store = new FolderStore(folder());
    const content = Buffer.alloc(200 << 20, 'lexel');
    expect(await store.create('weights', content)).toBe(true);
    expect(await store.create('weights', content)).toBe(false);
    expect(content.equals((await store.get('weights'))!)).toBe(true);
    await store.delete('weights');
  });

  it('shows nothing of a writer that is killed, and its file is removed after a day', async () => {
    const at = { where: folder() };
    const size = 32 << 20;
    const child = startProgram(
      at,
      `const content = new Uint8Array(${size});
       for (let i = 0; ; i++) await store.create('big/' + i, content);`,
      null,
    );
    const ended = new Promise((done) => child.once('exit', done));
    const temporaries = async () =>
      (await filesUnder(at.where)).filter((file) => file.startsWith('big/') && isTemporary(file));
    let left: string[] = [];
    while (left.length === 0) {
      while ((await temporaries()).length === 0) await new Promise((done) => setTimeout(done, 1));
      child.kill('SIGSTOP');
      left = await temporaries();
      if (left.length === 0) child.kill('SIGCONT'); // it was too fast
    }
    child.kill('SIGKILL');
    await ended;
    const store = await openStore(at.where);
    const whole = await store.list('');
    for (const key of whole) expect((await store.get(key))?.length).toBe(size);
    expect(await filesUnder(at.where)).toHaveLength(whole.length + left.length);

    expect(await removeStaleTemporaries(at.where)).toEqual([]);
    const old = Date.now() / 1000 - 25 * 3600;
    utimesSync(join(at.where, left[0]), old, old);
    const young = uniqueName(join(at.where, 'big', 'young'));
    writeFileSync(young, '');
    await store.put('big/old', Buffer.from('here'));
    utimesSync(join(at.where, 'big', 'old'), old, old);
    expect(await removeStaleTemporaries(at.where)).toEqual(left);
    expect(existsSync(young)).toBe(true);
    expect(await store.list('')).toEqual([...whole, 'big/old'].sort());
    expect(await removeStaleTemporaries(join(at.where, 'nowhere'))).toEqual([]);
  });

  it('says that the folder is missing, and does not make it', async () => {
    const dir = folder();
    const store = await openStore(dir);
    rmSync(dir, { recursive: true });
    const content = Buffer.from('x');
    for (const call of [
      () => store.get('a'),
      () => store.list(''),
      () => store.delete('a'),
      () => store.create('a', content),
      () => store.create('a/b/c', content),
      () => store.put('a', content),
    ]) {
      const error = await thrownBy(call());
      expect(error).toMatchObject({
        message: `${dir}: there is no such folder`,
        store: dir,
        temporary: true,
      });
      expect(error.code).toBe('LEXEL_STORE');
    }
    expect(existsSync(dir)).toBe(false);
  });

  it('names the object and the problem', async () => {
    const dir = folder();
    const store = new FolderStore(dir);
    await store.put('a', Buffer.from('x'));
    await store.put('b/c', Buffer.from('x'));
    expect((await thrownBy(store.create('a/b', Buffer.from('x')))).message).toBe(
      `${dir}: a/b cannot be written: a part of this path is a file, not a folder`,
    );
    for (const call of [store.create('b', Buffer.from('x')), store.put('b', Buffer.from('x'))]) {
      expect(await thrownBy(call)).toMatchObject({
        message: `${dir}: b cannot be written: it is a folder, not a file`,
        temporary: false,
      });
    }
    expect(await store.get('a/b')).toBeNull();
    expect(await store.get('b')).toBeNull();
    await store.delete('b');
    expect(await store.list('')).toEqual(['a', 'b/c']);
  });

  it('waits for space on a full disk, and leaves nothing there', async () => {
    const disk = smallDisk(root);
    if (!disk) return;
    const store = await openStore(disk);
    for (const call of [
      () => store.create('big', new Uint8Array(2 << 20)),
      () => store.put('big', new Uint8Array(2 << 20)),
    ]) {
      expect(await thrownBy(call())).toMatchObject({
        message: `${disk}: big cannot be written: the disk is full`,
        temporary: true,
      });
    }
    expect(readdirSync(disk)).toEqual([]);
  });

  it('refuses a read-only disk', async () => {
    const disk = smallDisk(root, 'ro');
    if (!disk) return;
    const error = await thrownBy(openStore(disk));
    expect(error).toMatchObject({ temporary: false });
    expect(error.message).toMatch(/probe\/\S+ cannot be written: this disk is read-only$/);
  });
});

describe('link(2)', () => {
  /** A library in which link(2) behaves as given; undefined where none can be compiled. */
  const shim = (name: string, body: string) => {
    const file = join(root, `${name}.so`);
    const source = `#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <errno.h>\n
      int link(const char *a, const char *b) { ${body} }`;
    const { status } = spawnSync('cc', ['-shared', '-fPIC', '-x', 'c', '-', '-o', file], { input: source });
    return process.platform === 'linux' && status === 0 ? file : undefined;
  };
  const none = shim('none', 'errno = EPERM; return -1;');
  const lost = shim(
    'lost',
    'int r = ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link"))(a, b); errno = EEXIST; return -1;',
  );
  if (!none || !lost) console.warn('No test of disks without hard links: no C compiler here.');

  it.runIf(none)('missing: the store is refused', async () => {
    const at = { where: folder() };
    const program = `const { openStore } = await import(process.argv[2]);
      await openStore(process.argv[1]).catch((error) => console.log(JSON.stringify({ ...error, message: error.message })));`;
    const { stdout } = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        program,
        at.where,
        join(process.cwd(), 'dist/queue/stores/open-store.js'),
      ],
      { encoding: 'utf8', env: { ...process.env, LD_PRELOAD: none } },
    );
    expect(JSON.parse(stdout)).toMatchObject({
      message: `${at.where}: this file system has no hard links, so two machines could take the same work without noticing`,
      hint: 'Choose a folder on another file system (NFS, ext4, XFS, APFS, NTFS), or an S3 store.',
      temporary: false,
      code: 'LEXEL_STORE',
    });
    expect(await filesUnder(at.where)).toEqual([]);
  });

  it.runIf(lost)('whose answer was lost: the writer knows that the object is its own', async () => {
    const at = { where: folder() };
    const child = startProgram(
      at,
      `console.log(await store.create('a', Buffer.from('one')), await store.create('a', Buffer.from('two')));`,
      null,
      { LD_PRELOAD: lost },
    );
    expect(await outputOf(child)).toBe('true false\n');
    expect(text(await new FolderStore(at.where).get('a'))).toBe('one');
  });
});

describe('openStore', () => {
  it('leaves nothing of its probe', async () => {
    const dir = folder();
    const store = await openStore(dir);
    expect(store.name).toBe(dir);
    expect(readdirSync(dir)).toEqual([]);
    expect(inspect(store)).toContain(dir);
  });

  it('makes a folder only if it may', async () => {
    const dir = join(folder(), 'new', 'store');
    const error = await thrownBy(openStore(dir));
    expect(error.message).toBe(`${dir}: there is no such folder`);
    expect(error.hint).toBe('Is its drive mounted on this machine?');
    expect(existsSync(dir)).toBe(false);
    await openStore(dir, { make: true });
    expect(existsSync(dir)).toBe(true);
    writeFileSync(join(dir, 'file'), '');
    expect((await thrownBy(openStore(join(dir, 'file')))).message).toBe(
      `${join(dir, 'file')}: it is a file, not a folder`,
    );
  });

  it.each([
    'http://example.org/store',
    'HTTPS://example.org',
    'gs://bucket',
    'file:///tmp',
    'redis://localhost',
    '',
  ])('refuses %j', async (where) => {
    await expect(openStore(where)).rejects.toMatchObject({ name: 'UsageError' });
  });
});
