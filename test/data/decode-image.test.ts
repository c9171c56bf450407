import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, imageFormat, type RawImage } from '../../src/data/index.js';
import { FormatError, LexelError } from '../../src/util/errors.js';
import { temporary } from './helpers.js';

describe('decodeImage', () => {
  it('converts grey, transparent and rotated images to three channels', async () => {
    const grey = await sharp(Buffer.alloc(100, 90), { raw: { width: 10, height: 10, channels: 1 } })
      .png()
      .toBuffer();
    expect(new Set(await decodeImage(grey, 8))).toEqual(new Set([90]));
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const empty = await sharp({ create: { width: 9, height: 9, channels: 4, background: clear } })
      .png()
      .toBuffer();
    expect(new Set(await decodeImage(empty, 8))).toEqual(new Set([255]));
    // The left half is dark, the right half light. Rotated by a quarter as EXIF demands, the top is dark.
    const half = Buffer.from(
      Array.from({ length: 16 * 16 * 3 }, (_, i) => (Math.floor(i / 3) % 16 < 8 ? 0 : 255)),
    );
    const turned = await sharp(half, { raw: { width: 16, height: 16, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const pixels = await decodeImage(turned, 16);
    expect([pixels[0], pixels[15 * 3], pixels[16 * 15 * 3]]).toEqual([0, 0, 255]);
  });

  it('uses the given name for bytes in errors', async () => {
    await expect(decodeImage(Buffer.from('x'), 8, 'upload')).rejects.toThrow(
      /^upload: is not a readable image/,
    );
  });

  it('refuses bytes that are not an encoded image, with a hint how to pass pixels', async () => {
    const error = await decodeImage(new Uint8Array(192), 8).catch((problem) => problem);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe('image: is not a readable image (192 bytes in an unknown format)');
    expect(error.hint).toContain('{ data, width, height }');
    const bmp = await decodeImage(Buffer.from('BM'.padEnd(60, '0')), 8, 'x.bmp').catch((problem) => problem);
    expect(bmp.message).toMatch(/^x.bmp: is not a readable image \(BMP: .+\)$/);
  });

  it('accepts pixels of the given shape, but refuses encoded bytes with a shape', async () => {
    const png = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#c22' } })
      .png()
      .toBuffer();
    const failure = (raw: RawImage) => decodeImage(raw, 8, 'upload').catch((problem) => problem);
    const error = await failure({ data: png, width: 9, height: 9 });
    expect(error).toBeInstanceOf(LexelError);
    expect(error.message).toBe(`upload: these are the ${png.length} bytes of a PNG file, not 9 x 9 pixels`);
    expect(error.hint).toBe('Pass the bytes without width and height.');
    // Pixels with a shape are pixels, even if they start with the bytes of a JPEG.
    const pink = Uint8Array.from({ length: 192 }, (_, i) => [255, 216, 255][i % 3]);
    expect(await decodeImage({ data: pink, width: 8, height: 8 }, 8)).toEqual(Buffer.from(pink));
  });

  it('names the reason why a path cannot be read, and refuses pipes', async () => {
    const dir = await temporary();
    mkdirSync(join(dir, 'folder.png'));
    symlinkSync('self.png', join(dir, 'self.png'));
    symlinkSync('gone.png', join(dir, 'dead.png'));
    execFileSync('mkfifo', [join(dir, 'pipe.png')]);
    writeFileSync(join(dir, 'empty.png'), '');
    const failure = async (name: string) => {
      const error = await decodeImage(join(dir, name), 8).catch((problem) => problem);
      expect(error).toBeInstanceOf(FormatError);
      return error.problem;
    };
    expect(await failure('none.png')).toBe('no such file');
    expect(await failure('dead.png')).toBe('is a link to nothing');
    expect(await failure('self.png')).toBe('it is a link that leads back to itself');
    expect(await failure('folder.png')).toBe('is a folder, not an image');
    expect(await failure('pipe.png')).toBe('is a pipe, not a file');
    expect(await failure('empty.png/x.png')).toBe('a part of this path is a file, not a folder');
    expect(await failure('empty.png')).toBe('is not a readable image (the file is empty)');
    expect(await failure(`${'x'.repeat(300)}.png`)).toBe('its name or path is too long');
  });
});

describe('imageFormat', () => {
  it('detects the formats that sharp writes, and others, from their first bytes', async () => {
    const flat = sharp({ create: { width: 9, height: 9, channels: 3, background: '#c22' } });
    for (const name of ['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const) {
      const bytes = await flat.clone().toFormat(name).toBuffer();
      expect(imageFormat(bytes)?.toLowerCase()).toBe(name);
      expect(imageFormat(bytes.subarray(0, 1))).toBeUndefined();
      expect((await decodeImage(bytes, 8))[0]).toBeGreaterThan(195);
    }
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    expect(imageFormat(Buffer.from(svg))).toBe('SVG');
    expect(imageFormat(Buffer.from(`\ufeff<?xml version="1.0"?>\n${svg}`))).toBe('SVG');
    expect((await decodeImage(Buffer.from(svg), 8))[0]).toBe(0);
    expect(imageFormat(Buffer.from('\0\0\0\x18ftypheic\0\0\0\0', 'latin1'))).toBe('HEIC');
    expect(imageFormat(Buffer.from('RIFF\0\0\0\0WAVE'))).toBeUndefined();
  });
});

/** A PNG whose header declares so many pixels, without any pixel data. */
function hollowPng(side: number, interlaced: boolean): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, interlaced ? 1 : 0], 8);
  const parts = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

describe('an image that can only be decoded as a whole', () => {
  const message = (image: Buffer | string) =>
    decodeImage(image, 8, 'bomb').then(
      () => 'decoded',
      (error: LexelError) => `${error.message}\n${error.hint}`,
    );

  it('is refused before decoding if it needs more than 256 MiB', async () => {
    const progressive = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#fff' } })
      .jpeg({ progressive: true })
      .toBuffer();
    const frame = progressive.indexOf(Buffer.from([0xff, 0xc2]));
    progressive.writeUInt16BE(16_000, frame + 5);
    progressive.writeUInt16BE(16_000, frame + 7);
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="16000" height="16000"></svg>');
    for (const [image, size] of [
      [hollowPng(16_000, true), '732.4 MiB'],
      [progressive, '732.4 MiB'],
      [svg, '976.6 MiB'],
    ] as const) {
      expect(await message(image)).toBe(
        `bomb: needs ${size} of memory, because this format cannot be decoded line by line; the limit is 256 MiB\n` +
          'Make it smaller, or save it as a non-interlaced PNG or a non-progressive JPEG.',
      );
    }
  });

  it('is decoded below that limit; images that are decoded line by line have no limit', async () => {
    const wide = sharp({ create: { width: 1500, height: 1000, channels: 3, background: '#fff' } });
    for (const image of [
      await wide.clone().png({ progressive: true }).toBuffer(),
      await wide.clone().jpeg({ progressive: true }).toBuffer(),
      await wide.clone().webp().toBuffer(),
    ]) {
      expect(new Set(await decodeImage(image, 8))).toEqual(new Set([255]));
    }
    // That its pixels are missing is found only while decoding.
    expect(await message(hollowPng(16_000, false))).toContain('is not a readable image');
  });
});
