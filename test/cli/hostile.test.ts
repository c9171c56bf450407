import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesText } from '../../src/util/format.js';
import { defaultMemory } from '../../src/words/memory.js';
import { smallDisk, unmountAll } from '../disks.js';
import { lexel, type Outcome } from './lexel.js';

/** Clears the screen, sets the window's title, changes colours and the direction of text, and adds a second line. */
const HOSTILE = 'a\x1b[2J\x1b]0;x\x07\x9b31m\u202eb\nlexel: all is well';
const SHOWN = 'a\\x1b[2J\\x1b]0;x\\x07\\u009b31m\\u202eb\\nlexel: all is well';

const dir = mkdtempSync(join(tmpdir(), 'lexel-hostile-'));
afterAll(() => {
  unmountAll();
  rmSync(dir, { recursive: true });
});

/** Checks that the text has no control characters of terminals and no line that was started by a name. */
function expectPlain({ out, err }: Outcome): void {
  for (const text of [out, err]) {
    expect(text).not.toMatch(/(?!\n)\p{Cc}|[\u2028-\u202e\u2066-\u2069]|^lexel: all is well/mu);
  }
}

const run = (...args: string[]) => lexel(args, { cwd: dir });

describe.skipIf(process.platform === 'win32')('control characters of names', () => {
  let picture: Buffer;
  beforeAll(async () => {
    picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#a00' } })
      .png()
      .toBuffer();
    for (const label of [HOSTILE, 'plain']) {
      mkdirSync(join(dir, 'data', label), { recursive: true });
      for (const i of [0, 1]) writeFileSync(join(dir, 'data', label, `${i}.png`), picture);
    }
    writeFileSync(join(dir, 'words.txt'), `${HOSTILE.split('\n')[0]} 1 0\nplain 0.9 0.1\n`);
  });

  it('do not reach the terminal from labels and words', async () => {
    const info = await run('data', 'info', 'data');
    expect(info.out).toContain(`${SHOWN} plain`);
    const words = await run('words', 'nearest', 'plain', '--words', 'words.txt');
    expect(words.out).toContain(SHOWN.split('\\n')[0]);
    for (const outcome of [info, words]) {
      expect(outcome.code).toBe(0);
      expectPlain(outcome);
    }
  });

  it('do not reach the terminal from files, folders and options', async () => {
    writeFileSync(join(dir, `${HOSTILE}.png`), picture);
    writeFileSync(join(dir, `${HOSTILE}.txt`), 'a x\n');
    for (const args of [
      ['classify', `${HOSTILE}.png`, join(dir, 'data', 'plain', '0.png')],
      ['classify', `${HOSTILE}-none.png`],
      ['words', 'info', `${HOSTILE}.txt`],
      ['words', 'info', `${HOSTILE}-none.txt`],
      ['data', 'info', HOSTILE],
      ['report', HOSTILE],
      ['train', '--recipe', HOSTILE],
      [HOSTILE],
    ]) {
      expectPlain(await run(...args));
    }
  });

  it('are escaped in JSON, whose values stay exact', async () => {
    const outcome = await run('data', 'info', 'data', '--json');
    expectPlain(outcome);
    expect(JSON.parse(outcome.out).classes[0].label).toBe(HOSTILE);
    const classified = await run('classify', `${HOSTILE}.png`, '--json-lines');
    expectPlain(classified);
    expect(JSON.parse(classified.out).image).toBe(`${HOSTILE}.png`);
  });
});

describe('--max-memory', () => {
  it('appears in the help with its default, accepts units, and is named if a file needs more', async () => {
    const { out } = await run('words', 'info', '--help');
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      `half of the available memory, ${bytesText(defaultMemory())}`,
    );
    writeFileSync(
      join(dir, 'large.txt'),
      Array.from({ length: 600 }, (_, i) => `w${i}${' 0'.repeat(1000)}\n`).join(''),
    );
    const small = await run('words', 'info', 'large.txt', '--max-memory', '1MB');
    expect(small.code).toBe(1);
    expect(small.err).toMatch(
      /^lexel: large.txt: line \d+: the vectors need more than 976\.6 KiB of memory\n {2}Raise the limit with --max-memory/,
    );
    expect((await run('words', 'info', 'large.txt', '--max-memory', '0.1 GiB')).code).toBe(0);
    for (const wrong of ['5', '1', '-1MB', 'lots', '10KB', '1e3MB']) {
      const refused = await run('words', 'info', 'large.txt', `--max-memory=${wrong}`);
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('Write it as 500MB or 2GiB')]);
    }
  });
});

describe('places that cannot be written', () => {
  it.runIf(process.platform === 'linux')('below /proc are named at once', async () => {
    const pack = await run('model', 'describe', 'micronet', '--figure', '/proc/lexel/deep/figure.svg');
    expect([pack.code, pack.err]).toEqual([
      1,
      'lexel: /proc/lexel: cannot create this folder: the system does not allow folders there\n  Choose another location.\n',
    ]);
    const env = { XDG_CACHE_HOME: '/proc/lexel', LEXEL_DATA: '' };
    const get = await lexel(['data', 'get', 'cifar-100', '--url', 'http://127.0.0.1:1/'], { cwd: dir, env });
    expect([get.code, get.err]).toEqual([
      1,
      expect.stringContaining('/proc/lexel: cannot create this folder'),
    ]);
  });

  it('on a full disk are named', async () => {
    const disk = smallDisk(dir);
    if (!disk) return;
    writeFileSync(join(disk, 'filling'), new Uint8Array(2 ** 20));
    const figure = join(disk, 'figure.svg');
    const { code, err } = await run('model', 'describe', 'micronet', '--figure', figure);
    expect([code, err]).toEqual([1, `lexel: ${figure} cannot be written: the disk is full\n`]);
  });

  it.runIf(process.platform === 'linux')('standard output on a full device is named', async () => {
    const { code, err } = await lexel(['model', 'describe', 'micronet'], { cwd: dir, stdout: '/dev/full' });
    expect([code, err]).toEqual([1, 'lexel: standard output cannot be written: the disk is full\n']);
  });
});
