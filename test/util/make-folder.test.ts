import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/util/make-folder.js';
import { SystemError } from '../../src/util/system-errors.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-folder-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('makeFolder', () => {
  it('makes all missing folders, and accepts existing ones', () => {
    const dir = join(root, 'a', 'b', 'c');
    makeFolder(dir);
    makeFolder(dir);
    expect(existsSync(dir)).toBe(true);
    symlinkSync(join(root, 'a'), join(root, 'link'));
    makeFolder(join(root, 'link', 'd'));
    expect(existsSync(join(root, 'a', 'd'))).toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'ends below /proc, where the recursive mkdir of Node never does',
    () => {
      expect(() => makeFolder('/proc/lexel/deep/er')).toThrow(
        new SystemError(
          '/proc/lexel: cannot create this folder: the system does not allow folders there',
          'Choose another location.',
        ),
      );
    },
  );

  it('names the part of the path that is a file, a dead link or a link to itself', () => {
    writeFileSync(join(root, 'file'), '');
    symlinkSync('nothing', join(root, 'dead'));
    symlinkSync('circle', join(root, 'circle'));
    for (const [name, problem] of [
      ['file', 'it is a file'],
      ['dead', 'it is a link to nothing'],
      ['circle', 'it is a link that leads back to itself'],
    ]) {
      const at = join(root, name);
      for (const dir of [at, join(at, 'x')]) expect(() => makeFolder(dir)).toThrow(problem);
      expect(() => makeFolder(at)).toThrow(`${at}: cannot create this folder: ${problem}`);
    }
  });

  it.skipIf(process.getuid?.() === 0)('names the folder that it has no permission to make', () => {
    mkdirSync(join(root, 'closed'));
    chmodSync(join(root, 'closed'), 0o500);
    expect(() => makeFolder(join(root, 'closed', 'x', 'y'))).toThrow(
      `${join(root, 'closed', 'x')}: cannot create this folder: you may not read or write there`,
    );
  });
});
