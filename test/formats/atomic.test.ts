import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeFileAtomic } from '../../src/formats/index.js';
import {
  isTemporary,
  removeFolder,
  sweepTemporary,
  temporaryFolder,
  temporaryName,
} from '../../src/formats/temporary.js';
import { smallDisk, unmountAll } from '../disks.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-atomic-'));
afterAll(() => {
  unmountAll();
  rmSync(root, { recursive: true });
});

let folders = 0;
const folder = () => {
  const made = join(root, String(folders++));
  mkdirSync(made);
  return made;
};

/** Name of a temporary file of a process that has ended. */
const leftover = (file: string) => {
  const program = `import { temporaryName } from ${JSON.stringify(resolve('dist/formats/temporary.js'))};
    console.log(temporaryName(${JSON.stringify(file)}));`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  }).stdout.trim();
};

describe('writeFileAtomic', () => {
  it('replaces a file, and leaves no temporary file', () => {
    const dir = folder();
    const file = join(dir, 'run.json');
    writeFileAtomic(file, ['old']);
    writeFileAtomic(file, [new Uint8Array([110, 101]), 'w']);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readdirSync(dir)).toEqual(['run.json']);
  });

  it('keeps the previous content under another name, if one is given', () => {
    const dir = folder();
    const [file, previous] = [join(dir, 'x'), join(dir, 'x.previous')];
    for (const content of ['first', 'second', 'third']) writeFileAtomic(file, [content], { previous });
    expect(readFileSync(file, 'utf8')).toBe('third');
    expect(readFileSync(previous, 'utf8')).toBe('second');
    expect(readdirSync(dir).sort()).toEqual(['x', 'x.previous']);
    rmSync(file);
    writeFileAtomic(file, ['fourth'], { previous });
    expect(readFileSync(previous, 'utf8')).toBe('second');
  });

  it('removes the temporary files that a killed process has left in the folder', async () => {
    const dir = folder();
    const program = `import { writeFileAtomic } from ${JSON.stringify(resolve('dist/formats/atomic.js'))};
      const bytes = new Uint8Array(1 << 22);
      for (;;) writeFileAtomic(${JSON.stringify(join(dir, 'big'))}, [bytes, bytes]);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
    const ended = new Promise((done) => child.on('exit', done));
    while (!readdirSync(dir).some(isTemporary)) await new Promise((done) => setTimeout(done, 1));
    child.kill('SIGSTOP');
    // A stopped process may continue, so its files are kept.
    expect(sweepTemporary(dir)).toEqual([]);
    child.kill('SIGKILL');
    await ended;
    const before = readdirSync(dir);
    writeFileAtomic(join(dir, 'small'), ['here']);
    expect(readdirSync(dir)).toEqual([...before.filter((name) => !isTemporary(name)), 'small'].sort());
  });

  it('names the file and the problem if it cannot be written', () => {
    const dir = folder();
    mkdirSync(join(dir, 'taken'));
    writeFileSync(join(dir, 'taken', 'x'), '');
    expect(() => writeFileAtomic(join(dir, 'taken'), ['x'])).toThrow(
      `${join(dir, 'taken')} cannot be written: it is a folder, not a file`,
    );
    expect(readdirSync(dir)).toEqual(['taken']);
    const below = join(dir, 'taken', 'x', 'deep', 'run.json');
    expect(() => writeFileAtomic(below, ['x'])).toThrow(
      `${join(dir, 'taken', 'x')}: cannot create this folder: it is a file`,
    );
  });
});

describe.skipIf(process.platform === 'win32')('writing to a link', () => {
  it('keeps the link and writes its target, with the temporary file next to the target', () => {
    const [dir, other] = [folder(), folder()];
    const target = join(other, 'real.txt');
    writeFileSync(target, 'old');
    symlinkSync(target, join(dir, 'link.txt'));
    writeFileAtomic(join(dir, 'link.txt'), ['new']);
    expect(readlinkSync(join(dir, 'link.txt'))).toBe(target);
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect([readdirSync(dir), readdirSync(other)]).toEqual([['link.txt'], ['real.txt']]);
  });

  it('creates a missing target, with ".." relative to the real folder of the link', () => {
    const [dir, other] = [folder(), folder()];
    mkdirSync(join(other, 'deep'));
    symlinkSync('../made/new.txt', join(other, 'deep', 'second'));
    symlinkSync(join(other, 'deep'), join(dir, 'folder'));
    symlinkSync('folder/second', join(dir, 'first'));
    writeFileAtomic(join(dir, 'first'), ['here']);
    expect(readFileSync(join(other, 'made', 'new.txt'), 'utf8')).toBe('here');
    expect(readlinkSync(join(dir, 'first'))).toBe('folder/second');
  });

  it('names a circular link', () => {
    const dir = folder();
    symlinkSync('b', join(dir, 'a'));
    symlinkSync('a', join(dir, 'b'));
    expect(() => writeFileAtomic(join(dir, 'a'), ['x'])).toThrow(
      `${join(dir, 'a')} cannot be written: it is a link that leads back to itself`,
    );
    expect(readdirSync(dir)).toEqual(['a', 'b']);
  });

  it('writes directly to a device or a pipe', () => {
    writeFileAtomic('/dev/null', ['x']);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    const program = `import { writeFileAtomic } from ${JSON.stringify(resolve('dist/formats/atomic.js'))};
      writeFileAtomic('/dev/stdout', ['piped']);`;
    // Uses a pipe of the shell, because Node gives a child a socket, which cannot be opened by a path.
    const { stdout } = spawnSync(
      'sh',
      ['-c', '"$0" --input-type=module -e "$1" | cat', process.execPath, program],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout).toBe('piped');
  });
});

describe('a disk that cannot be written', () => {
  it('full: names the file, keeps the old content, and leaves no temporary file', () => {
    const disk = smallDisk(root);
    if (!disk) return;
    const file = join(disk, 'kept.bin');
    writeFileAtomic(file, ['old']);
    expect(() => writeFileAtomic(file, [new Uint8Array(2 << 20)])).toThrow(
      `${file} cannot be written: the disk is full`,
    );
    expect(readdirSync(disk)).toEqual(['kept.bin']);
    expect(readFileSync(file, 'utf8')).toBe('old');
  });

  it('read-only: also if a folder would have to be created', () => {
    const disk = smallDisk(root, 'ro');
    if (!disk) return;
    expect(() => writeFileAtomic(join(disk, 'x'), ['x'])).toThrow(
      'cannot be written: this disk is read-only',
    );
    expect(() => writeFileAtomic(join(disk, 'a', 'b', 'x'), ['x'])).toThrow(
      `${join(disk, 'a')}: cannot create this folder: this disk is read-only`,
    );
  });
});

describe('sweepTemporary', () => {
  it('removes only files that are certainly left over', () => {
    const dir = folder();
    const file = join(dir, 'x.safetensors');
    const [left, mine] = [leftover(file), temporaryName(file)];
    expect(isTemporary(left)).toBe(true);
    const elsewhere = left.replace(/\.[0-9a-f]{8}-/, '.00000000-');
    // Files of other programs, and of earlier versions, whose names did not include the machine.
    const foreign = ['thesis.tmp', 'x.safetensors.123-0-4.tmp', 'x.aaaaaaaa-12-3.tmp'];
    for (const name of [left, mine, elsewhere, ...foreign.map((name) => join(dir, name))]) {
      writeFileSync(name, 'half');
    }
    expect(sweepTemporary(dir)).toEqual([basename(left)]);
    expect(readdirSync(dir).sort()).toEqual([basename(mine), basename(elsewhere), ...foreign].sort());
  });

  it('removes the folders of a killed process, which the next one finds that makes one', () => {
    const dir = folder();
    const left = leftover(join(dir, 'lexel-worker'));
    mkdirSync(join(left, 'deep'), { recursive: true });
    writeFileSync(join(left, 'deep', 'x'), 'half');
    const own = temporaryFolder('lexel-worker', dir);
    expect(readdirSync(dir)).toEqual([basename(own)]);
    expect(statSync(own).mode & 0o777).toBe(0o700);
    expect(temporaryFolder('lexel-worker', dir)).not.toBe(own);
  });

  it('removes a folder into which something still writes, and gives up without an error', async () => {
    const folders = Array.from({ length: 10 }, () => temporaryFolder('lexel-worker', folder()));
    let n = 0;
    const write = () => {
      for (const own of folders.filter(existsSync))
        for (let i = 0; i < 50; i++) mkdirSync(join(own, `${n++}`));
    };
    write();
    const writing = setInterval(write, 1);
    setTimeout(() => clearInterval(writing), 300);
    await Promise.all(folders.map(removeFolder));
    expect(folders.filter(existsSync)).toEqual([]);
    // As if the writer never ended.
    const stuck = temporaryFolder('lexel-worker', folder());
    mkdirSync(join(stuck, 'disk'));
    if (!smallDisk(join(stuck, 'disk'))) return;
    await removeFolder(stuck);
    expect(existsSync(stuck)).toBe(true);
  });

  it('skips what it may not remove, and writes the new file', () => {
    const dir = folder();
    const [stuck, left] = [leftover(join(dir, 'x')), leftover(join(dir, 'y'))];
    mkdirSync(stuck);
    // The folder of a mounted disk cannot be removed.
    if (!smallDisk(stuck)) return;
    writeFileSync(left, 'half');
    writeFileAtomic(join(dir, 'run.json'), ['here']);
    expect(readdirSync(dir).sort()).toEqual(['run.json', basename(stuck)].sort());
    expect(sweepTemporary(dir)).toEqual([]);
  });

  it('ignores a missing folder', () => {
    expect(sweepTemporary(join(root, 'nowhere'))).toEqual([]);
  });
});
