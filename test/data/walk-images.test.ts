import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeFile, PassedOverCount, passedOverLine, walkImages } from '../../src/data/index.js';
import { temporary } from './helpers.js';

/** The result of a walk: names of images, failures with their problem, and the text about what was passed over. */
async function walk(dir: string) {
  const passed = new PassedOverCount();
  const images: string[] = [];
  const failed: string[] = [];
  for await (const entry of walkImages(dir)) {
    if (entry.kind === 'image') images.push(relative(dir, entry.shown));
    else if (entry.kind === 'failed') failed.push(`${relative(dir, entry.shown)}: ${entry.error.problem}`);
    else passed.add(entry);
  }
  return { images, failed, line: passedOverLine(passed.counts) };
}

/** Names that are not UTF-8 are possible on Linux; macOS and Windows refuse them. */
const anyBytes = process.platform === 'linux';

describe('walkImages', () => {
  it('finds images in all folders, in order, enters each folder once, and counts what it passes over', async () => {
    const dir = await temporary();
    mkdirSync(join(dir, 'b', 'deep'), { recursive: true });
    mkdirSync(join(dir, '.hidden'));
    const files = ['c.png', 'a.JPG', 'note.txt', '.x.png', 'b/2.webp', 'b/deep/1.jpeg', '.hidden/y.png'];
    for (const name of [...files, 'f.JFIF', 'e..jpe', 'README', 'b/k.txt', 'b/m.Json', 'png'])
      writeFileSync(join(dir, name), 'x');
    symlinkSync('..', join(dir, 'b', 'loop'));
    symlinkSync('deep', join(dir, 'b', 'twice'));
    expect(await walk(dir)).toEqual({
      images: ['a.JPG', 'b/2.webp', 'b/deep/1.jpeg', 'c.png', 'e..jpe', 'f.JFIF'],
      failed: [],
      line: 'passed over: 2 hidden, 5 not images (no ending, .txt, .json), 2 folders met before',
    });
    await expect(walkImages(join(dir, 'none')).next()).rejects.toThrow('none: no such folder');
    await expect(walkImages(join(dir, 'c.png')).next()).rejects.toThrow('c.png: is not a folder');
    mkdirSync(join(dir, 'empty'));
    expect(await walk(join(dir, 'empty'))).toEqual({ images: [], failed: [], line: undefined });
  });

  it('names what cannot be read, continues, and does not block on pipes', async () => {
    const dir = await temporary();
    symlinkSync('nowhere.png', join(dir, 'b.png'));
    symlinkSync('nowhere', join(dir, 'lock'));
    symlinkSync('self.png', join(dir, 'self.png'));
    symlinkSync('self', join(dir, 'self'));
    for (const name of ['pipe', 'pipe.png']) execFileSync('mkfifo', [join(dir, name)]);
    const server = createServer().listen(join(dir, 'socket.png'));
    afterAll(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    for (const name of ['a.png', 'z.png']) writeFileSync(join(dir, name), 'x');
    expect(await walk(dir)).toEqual({
      images: ['a.png', 'z.png'],
      failed: ['b.png: is a link to nothing', 'self.png: it is a link that leads back to itself'],
      line: 'passed over: 2 dead links, 3 neither files nor folders',
    });
  });

  it('reports a folder whose path is too long, and reads the other folders', async () => {
    const dir = await temporary();
    writeFileSync(join(dir, 'z.png'), 'x');
    // Made step by step from inside, because the whole path is longer than the system accepts.
    const part = 'd'.repeat(200);
    execFileSync('sh', ['-c', `for i in $(seq 25); do mkdir ${part} && cd -P ${part} || exit 1; done`], {
      cwd: dir,
    });
    const { images, failed } = await walk(dir);
    expect(images).toEqual(['z.png']);
    expect(failed).toEqual([expect.stringMatching(/^(d+\/)+d+: its name or path is too long$/)]);
    execFileSync('rm', ['-rf', join(dir, part)]);
  });

  it.runIf(anyBytes)('reads files whose names are not UTF-8', async () => {
    const dir = await temporary();
    const { default: sharp } = await import('sharp');
    const red = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#c00' } })
      .png()
      .toBuffer();
    const at = (name: string) => Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(name, 'latin1')]);
    mkdirSync(at('d\xe9'));
    writeFileSync(at('caf\xe9 \xc3\xa9.png'), red);
    writeFileSync(at('d\xe9/x.png'), red);
    writeFileSync(at('d\xe9/\xff.txt'), 'x');
    writeFileSync(at('n\xe9.png'), 'broken');
    symlinkSync('nowhere', at('l\xe9.jpg'));
    expect(await walk(dir)).toEqual({
      images: ['caf\\xE9 é.png', 'd\\xE9/x.png', 'n\\xE9.png'],
      failed: ['l\\xE9.jpg: is a link to nothing'],
      line: 'passed over: 1 not an image (.txt)',
    });
    for await (const entry of walkImages(dir)) {
      if (entry.kind !== 'image') continue;
      const decoded = decodeFile(entry.path, 8);
      if (entry.shown.includes('/n'))
        await expect(decoded).rejects.toThrow('n\\xE9.png: is not a readable image');
      else expect((await decoded)[0]).toBe(204);
    }
    // Names that are displayed equally could not be distinguished in an index.
    writeFileSync(join(dir, 'caf\\xE9 é.png'), red);
    expect((await walk(dir)).failed[0]).toBe(
      'caf\\xE9 é.png: its name is not valid UTF-8, and its escaped form is the name of another entry',
    );
    expect(readdirSync(dir)).toHaveLength(5);
  });
});
