/** Readers close their files, also if they fail. */
import { existsSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readWords } from '../../src/words/index.js';
import { temp } from './helpers.js';

const OPEN_FILES = '/proc/self/fd';

describe.skipIf(!existsSync(OPEN_FILES))('no file stays open', () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `word${i} 0.25 ${(i % 97) / 128}\n`).join('');
  const gz = gzipSync(lines);
  const stored = (content: string | Buffer) => gzipSync(content, { level: 0 });
  const zip = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(9 << 20)]);
  const text = `a 1 2\nb x 4\n${lines.repeat(20)}`;
  const vector = Buffer.from(Float32Array.of(0.5, 1e20).buffer);
  // Larger than one read, so that a part of the file is still unread when the fault is found.
  const binary = Buffer.concat([Buffer.from('9 2\ncat '), vector, Buffer.alloc(9 << 20, 1)]);
  const damaged = Buffer.from(gz);
  damaged.fill(0xff, 1000, 2000);
  it.each([
    ['a zip archive', zip, {}],
    ['bad text', Buffer.from(text), {}],
    ['a bad binary', binary, {}],
    ['a gzipped zip archive', stored(zip), {}],
    ['gzipped bad text', stored(text), {}],
    ['a gzipped bad binary', stored(binary), {}],
    ['UTF-16 text with a fault', Buffer.from(`\ufeff${text}`, 'utf16le'), {}],
    ['damaged gzip', Buffer.concat([damaged, Buffer.alloc(9 << 20, 1)]), {}],
    ['cut gzip', gz.subarray(0, gz.length >> 1), {}],
    ['cut gzip that is allowed', gz.subarray(0, gz.length >> 1), { allowShort: true }],
    ['cut gzip with a fault', stored(`${lines}b x 4\n`).subarray(0, -4), { allowShort: true }],
    ['whole text', Buffer.from(lines), {}],
    ['whole gzip', gz, {}],
    ['a file that the system does not let be read', '/proc/self/mem', {}],
  ])('after %s', async (_, content, options) => {
    const file = typeof content === 'string' ? content : temp('open', content);
    const read = () => readWords(file, options).catch(() => undefined);
    await read();
    const before = readdirSync(OPEN_FILES).length;
    for (let i = 0; i < 10; i++) await read();
    expect(readdirSync(OPEN_FILES).length).toBe(before);
  });
});
