/** The command lines of `lexel index` and `lexel find`. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawFolder, saveUntrained } from '../search/untrained.js';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-find-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const env = { LEXEL_DATA: dir, XDG_CACHE_HOME: dir };
const run = (...args: string[]) => lexel(args, { cwd: dir, env });
const find = (...args: string[]) => run('find', ...args, '--index', 'photos.lex');

beforeAll(async () => {
  await saveUntrained(join(dir, 'm.safetensors'));
  await drawFolder(join(dir, 'pics'));
});

describe('lexel index and find', () => {
  it('index a folder, then only its new images', async () => {
    const first = await run('index', 'pics', '--out', 'photos.lex', '--model', 'm.safetensors');
    expect(first).toEqual({
      code: 0,
      out: 'photos.lex: 5 images (5 embedded, 0 kept, 0 removed)\n',
      err: '',
    });
    writeFileSync(join(dir, 'pics', 'bad.png'), 'no');
    const again = await run(
      ...['index', 'pics', '--out', 'photos.lex', '--model', 'm.safetensors', '--half', '--json'],
    );
    expect(again.code).toBe(1);
    expect(JSON.parse(again.out)).toMatchObject({ images: 5, embedded: 0, kept: 5, failed: [{}] });
    expect(again.err).toMatch(/^lexel: pics\/bad\.png: is not a readable image/);
  });

  it('continue after unreadable images, and count files that are not images', async () => {
    const mixed = join(dir, 'mixed');
    await drawFolder(mixed);
    symlinkSync('gone.png', join(mixed, 'deep', 'dead.png'));
    symlinkSync('..', join(mixed, 'deep', 'up'));
    for (const name of ['a.txt', 'b.txt', '.c.png']) writeFileSync(join(mixed, name), '');
    const args = ['index', 'mixed', '--out', 'mixed.lex', '--model', 'm.safetensors'];
    expect(await run(...args)).toEqual({
      code: 1,
      out: 'mixed.lex: 5 images (5 embedded, 0 kept, 0 removed, 1 unreadable)\n',
      err:
        'lexel: mixed/deep/dead.png: is a link to nothing\n' +
        'passed over: 1 hidden, 2 not images (.txt), 1 folder met before\n',
    });
    rmSync(join(mixed, 'deep', 'dead.png'));
    const clean = await run(...args, '--json');
    expect(clean.code).toBe(0);
    expect(JSON.parse(clean.out)).toMatchObject({
      kept: 5,
      failed: [],
      passedOver: { hidden: 1, notImage: 2, repeated: 1, deadLink: 0, notFile: 0, endings: { '.txt': 2 } },
    });
    const bad = join(dir, 'all-bad');
    mkdirSync(bad);
    for (const name of ['x.png', 'y.jpg']) writeFileSync(join(bad, name), 'no image');
    const other = await run('index', 'pics', '--out', 'photos.txt', '--model', 'm.safetensors');
    expect(other).toMatchObject({ code: 2, out: '' });
    expect(other.err).toBe('lexel: --out photos.txt: the name of an index must end with .lex\n');
    const none = await run('index', 'all-bad', '--out', 'bad.lex', '--model', 'm.safetensors');
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.err).toMatch(
      /^lexel: all-bad contains no readable image:\n {2}all-bad\/x\.png: .*\n {2}all-bad\/y\.jpg: /,
    );
  });

  it('find by word, phrase, image and arithmetic', async () => {
    const word = await find('circle', '--top', '3');
    expect(word).toMatchObject({ code: 0, err: '' });
    expect(word.out).toMatch(/^image +cosine\n(pics\/.+\.\w+ +-?0\.\d{4}\n){3}$/);
    expect((await find('red circle', '--top', '1')).out).toBe((await find('red_circle', '--top', '1')).out);
    const like = await find('--like', 'pics/a.png', '--json');
    const found = JSON.parse(like.out).map((one: { image: string }) => one.image);
    expect(found).toHaveLength(4);
    expect(found).not.toContain('pics/a.png');
    const same = await find('img:pics/a.png', '--json');
    expect(same.out).toBe(like.out);
    const sum = await find('img:"pics/deep/c c.webp" - red + blue');
    expect(sum.code).toBe(0);
    expect(sum.out).not.toContain('c c.webp');
  });

  it('show a caret at the error in an expression', async () => {
    const { code, err } = await find('img:pics/a.png - zebra');
    expect(err).toMatch(/^lexel: the label "zebra" has no word vector in shapes\.lexw\n/);
    expect(err).toContain('\n  img:pics/a.png - zebra\n                   ^\n');
    expect(code).toBe(2);
    expect(await find('circle', '--like', 'pics/a.png')).toMatchObject({ code: 2 });
    expect(await find()).toMatchObject({ code: 2 });
  });

  it('refuse a damaged index with its name and the reason', async () => {
    truncateSync(join(dir, 'photos.lex'), 500);
    const { code, err } = await find('circle');
    expect(err).toMatch(
      /^lexel: photos\.lex: byte 8: a header of \d+ bytes does not fit in a file of 500 bytes\n {2}The file is damaged/,
    );
    expect(code).toBe(1);
    const again = await run('index', 'pics', '--out', 'photos.lex', '--model', 'm.safetensors');
    expect(again.code).toBe(1);
    const none = await run('find', 'circle', '--index', 'none.lex');
    expect(none.err).toBe('lexel: none.lex: no such index\n  Create one with `lexel index`.\n');
  });
});
