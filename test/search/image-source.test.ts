import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Embeddings, type ImageModel, MAX_ENCODED, openModel } from '../../src/search/index.js';
import { FormatError, LexelError } from '../../src/util/errors.js';
import { drawImage, saveUntrained } from './untrained.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-sources-'));
let model: ImageModel;
let red: string;
let bytes: Buffer<ArrayBuffer>;
let expected: Embeddings;
let server: Server;
let address: string;

beforeAll(async () => {
  await saveUntrained(join(dir, 'm.safetensors'));
  model = openModel(join(dir, 'm.safetensors'));
  red = await drawImage(join(dir, 'red shape.png'), '#c22', '#eee');
  bytes = readFileSync(red);
  expected = await model.embed(red);
  server = createServer(({ url }, response) => {
    if (url === '/red.png') response.end(bytes);
    else if (url === '/huge.png') response.writeHead(200, { 'content-length': MAX_ENCODED + 1 }).end();
    else if (url === '/page.html') response.end('<html></html>');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});

const dataUrl = () => new URL(`data:image/png;base64,${bytes.toString('base64')}`);
const failure = async (image: unknown): Promise<LexelError> => {
  const error = await model.embed(image as string).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(LexelError);
  return error;
};

describe('an image gives the same point from', () => {
  it('a file: URL, whose characters are escaped', async () => {
    expect(pathToFileURL(red).href).toContain('%20');
    expect(await model.embed(pathToFileURL(red))).toEqual(expected);
  });

  it('an http: URL, of which no file is left', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('lexel-image.'));
    expect(await model.embed(new URL(`${address}/red.png`))).toEqual(expected);
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('lexel-image.'));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });

  it('a data: URL', async () => {
    expect(await model.embed(dataUrl())).toEqual(expected);
  });

  it('a Blob and a File', async () => {
    expect(await model.embed(new Blob([bytes]))).toEqual(expected);
    expect(await model.embed(new File([bytes], 'red.png', { type: 'image/png' }))).toEqual(expected);
  });

  it('a Buffer, a part of one, a Uint8Array and an ArrayBuffer', async () => {
    const padded = Buffer.concat([Buffer.alloc(7), bytes, Buffer.alloc(5)]);
    const copy = new Uint8Array(bytes);
    expect(await model.embed(bytes)).toEqual(expected);
    expect(await model.embed(padded.subarray(7, 7 + bytes.length))).toEqual(expected);
    expect(await model.embed(copy)).toEqual(expected);
    expect(await model.embed(copy.buffer)).toEqual(expected);
  });

  it("a canvas' ImageData, which is RGBA in a Uint8ClampedArray", async () => {
    const { data, info } = await sharp(red).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    class ImageData {
      readonly colorSpace = 'srgb';
      constructor(
        readonly data: Uint8ClampedArray,
        readonly width: number,
        readonly height: number,
      ) {}
    }
    const image = new ImageData(new Uint8ClampedArray(data), info.width, info.height);
    expect(await model.embed(image)).toEqual(expected);
  });

  it('a list of all kinds, in order, for embed and classify', async () => {
    const list = [
      red,
      pathToFileURL(red),
      new URL(`${address}/red.png`),
      dataUrl(),
      new Blob([bytes]),
      bytes,
    ];
    const points = await model.embed(list);
    for (const point of points) expect(point).toEqual(points[0]);
    const answers = await model.classify(list, { top: 2 });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });
});

describe('an image is refused with its name if', () => {
  it('a string is an address: only URL objects are fetched', async () => {
    const error = await failure(`${address}/red.png`);
    expect(error.message).toBe(`image: ${address}/red.png is not a path`);
    expect(error.hint).toBe('Pass new URL("…").');
  });

  it('the protocol cannot be read', async () => {
    expect((await failure(new URL('ftp://example.org/a.png'))).message).toBe(
      'ftp://example.org/a.png: an address with ftp: cannot be read',
    );
  });

  it('the file of a file: URL does not exist, or is on another machine', async () => {
    expect((await failure(pathToFileURL(join(dir, 'none.png')))).message).toBe(
      `${join(dir, 'none.png')}: no such file`,
    );
    expect(await failure(new URL('file://elsewhere/a.png'))).toBeInstanceOf(FormatError);
  });

  it('the server does not have it, or sends something else or too much', async () => {
    expect(await failure(new URL(`${address}/none.png`))).toMatchObject({
      code: 'LEXEL_DOWNLOAD',
      message: `${address}/none.png: the server answered 404 Not Found`,
    });
    expect(await failure(new URL(`${address}/page.html`))).toMatchObject({
      code: 'LEXEL_FORMAT',
      file: `${address}/page.html`,
    });
    expect((await failure(new URL(`${address}/huge.png`))).message).toBe(
      `${address}/huge.png: has ${MAX_ENCODED + 1} bytes, more than ${MAX_ENCODED}`,
    );
  });

  it('a data: URL is malformed, or is no image', async () => {
    expect((await failure(new URL('data:image/png;base64,%%%'))).message).toMatch(/^data: URL: /);
    expect((await failure(new URL('data:text/plain,hello'))).message).toMatch(
      /^data: URL: is not a readable image/,
    );
  });

  it('a File is no image, or too large', async () => {
    expect((await failure(new File(['hello'], 'notes.txt'))).message).toMatch(
      /^notes\.txt: is not a readable image/,
    );
    const large = new Blob([new Uint8Array(MAX_ENCODED + 1)]);
    expect((await failure(large)).message).toBe(
      `image: has ${MAX_ENCODED + 1} bytes, more than ${MAX_ENCODED}`,
    );
  });
});
