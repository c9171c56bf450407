/** `--sheet` of `lexel classify` and `lexel find`. */

import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveKey, Random } from '../../src/util/random.js';
import { drawFolder, saveUntrained } from '../search/untrained.js';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-sheet-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const env = { LEXEL_DATA: dir, XDG_CACHE_HOME: dir };
const run = (...args: string[]) => lexel(args, { cwd: dir, env });
const classify = (...args: string[]) => run('classify', ...args, '--model', 'm.safetensors');

/** The colours that drawFolder gives its images, and the number of pixels of each on the sheet. */
const COLOURS = [0xcc2222, 0x2222cc, 0x22cc22, 0xcccc22, 0x22cccc];

/** How many pixels of a PNG file are near each of {@link COLOURS}. */
async function pixelsOf(file: string) {
  const data = await sharp(file).removeAlpha().raw().toBuffer();
  const counts = COLOURS.map(() => 0);
  for (let at = 0; at < data.length; at += 3) {
    const near = COLOURS.findIndex((colour) =>
      [16, 8, 0].every((shift, i) => Math.abs(data[at + i] - ((colour >> shift) & 255)) < 24),
    );
    if (near >= 0) counts[near]++;
  }
  return counts;
}

beforeAll(async () => {
  await saveUntrained(join(dir, 'm.safetensors'));
  await drawFolder(join(dir, 'pics'));
  expect((await run('index', 'pics', '--out', 'p.lex', '--model', 'm.safetensors')).code).toBe(0);
});

describe('lexel classify --sheet', () => {
  it('shows every image once, at the same size', async () => {
    const plain = await classify('pics');
    const { code, out } = await classify('pics', '--sheet', 'new/answers.png');
    expect(code).toBe(0);
    expect(out).toBe(`${plain.out}\nThe sheet is in new/answers.png\n`);
    expect(readdirSync(join(dir, 'new'))).toEqual(['answers.png']);
    expect((await sharp(join(dir, 'new/answers.png')).metadata()).format).toBe('png');
    const counts = await pixelsOf(join(dir, 'new/answers.png'));
    // The left half of each image, 112 x 224 pixels, without its blurred edge.
    for (const count of counts) expect(count / (112 * 224)).toBeCloseTo(1, 1);
  });

  it('marks an image that is unlike the training images', async () => {
    const random = new Random(deriveKey(0, 'noise'));
    const noise = Buffer.from(Uint8Array.from({ length: 32 * 32 * 3 }, () => random.below(256)));
    await sharp(noise, { raw: { width: 32, height: 32, channels: 3 } }).toFile(join(dir, 'noise.png'));
    /** Pixels below the image in the colour of the mark. */
    const marked = async (least: string) => {
      await run('classify', 'noise.png', '--min-familiarity', least, '--sheet', 'noise-sheet.png');
      const { data, info } = await sharp(join(dir, 'noise-sheet.png'))
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      let count = 0;
      const from = 3 * info.width * 400;
      for (let at = from; at < data.length; at += 3)
        if (data[at] === 0xd5 && data[at + 1] === 0x5e && data[at + 2] === 0) count++;
      return count;
    };
    expect(await marked('5')).toBeGreaterThan(200);
    expect(await marked('0')).toBe(0);
  });

  it('leaves JSON alone', async () => {
    const { out, code } = await classify('pics', '--json', '--sheet', 'json.png');
    expect(JSON.parse(out)).toHaveLength(5);
    expect(code).toBe(0);
    expect(existsSync(join(dir, 'json.png'))).toBe(true);
  });

  it('refuses another format before anything is computed', async () => {
    const { code, out, err } = await classify('pics', '--sheet', 'sheet.jpg');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe('lexel: --sheet sheet.jpg: the name of a figure must end with .svg or .png\n');
  });

  it('names once what no font can draw; an SVG has it', async () => {
    // U+0378 is no character, so no font has it.
    copyFileSync(join(dir, 'pics/a.png'), join(dir, 'a\u0378\u0378.png'));
    const png = await classify('a\u0378\u0378.png', '--sheet', 'odd.png');
    expect(png).toMatchObject({
      code: 0,
      err: 'lexel: odd.png: no font of this machine has \u0378 (U+0378), so the picture lacks it. Install a font that has it, or use SVG.\n',
    });
    expect((await sharp(join(dir, 'odd.png')).metadata()).format).toBe('png');
    const svg = await classify('a\u0378\u0378.png', '--sheet', 'odd.svg');
    expect(svg).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(join(dir, 'odd.svg'), 'utf8')).toContain('>a\u0378\u0378.png</text>');
  });

  it('names a file that cannot be written, and reports that there is nothing to show', async () => {
    const inFile = await classify('pics/a.png', '--sheet', 'm.safetensors/sheet.png');
    expect(inFile.code).toBe(1);
    expect(inFile.err).toContain('m.safetensors: cannot create this folder: it is a file');
    writeFileSync(join(dir, 'bad.png'), 'no');
    const none = await classify('bad.png', '--sheet', 'none.png');
    expect(none.code).toBe(1);
    expect(none.err).toContain('lexel: none.png is not written: there is no image to show');
    expect(existsSync(join(dir, 'none.png'))).toBe(false);
  });
});

describe('lexel find --sheet', () => {
  it('shows the images that were found', async () => {
    const { code, out } = await run(
      'find',
      'circle',
      '--index',
      'p.lex',
      '--top',
      '2',
      '--sheet',
      'found.png',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/\n\nThe sheet is in found\.png\n$/);
    const counts = await pixelsOf(join(dir, 'found.png'));
    expect(counts.filter((count) => count > 10_000)).toHaveLength(2);
  });

  it('reports images that no longer exist, and shows the others', async () => {
    const pixels = readFileSync(join(dir, 'pics/a.png'));
    rmSync(join(dir, 'pics/a.png'));
    const { code, out, err } = await run('find', 'circle', '--index', 'p.lex', '--sheet', 'rest.png');
    writeFileSync(join(dir, 'pics/a.png'), pixels);
    expect(code).toBe(1);
    expect(out).toContain('pics/a.png');
    expect(err).toMatch(/^lexel: pics\/a\.png: .*no such file/);
    const counts = await pixelsOf(join(dir, 'rest.png'));
    expect(counts.map((count) => count > 10_000)).toEqual([false, true, true, true, true]);
  });
});
