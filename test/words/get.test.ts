import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getWords, openWords } from '../../src/words/index.js';
import { errorOf, temp } from './helpers.js';

/** A zip archive with uncompressed files (APPNOTE 4.3): enough to be unpacked. */
function zip(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt32LE(crc32(content), 10);
    head.writeUInt32LE(content.length, 14);
    head.writeUInt32LE(content.length, 18);
    head.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), head, Buffer.from(name), Buffer.from(content)]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), head, tail, Buffer.from(name));
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  const count = Object.keys(files).length;
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}

const whole = Object.fromEntries([50, 100, 200, 300].map((d) => [`glove.6B.${d}d.txt`, `king${d} 1 2\n`]));
const bodies: Record<string, Buffer> = {
  '/glove.6B.zip': zip(whole),
  '/part.zip': zip({ 'glove.6B.50d.txt': 'king 1 2\n' }),
  '/broken.zip': Buffer.from('this is no archive at all'),
};
let server: Server;
let site: string;
let requests = 0;
beforeAll(async () => {
  server = createServer((request, response) => {
    requests++;
    const body = bodies[request.url!];
    response.statusCode = body ? 200 : 404;
    response.end(body);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const expectOf = (path: string) => {
  const body = bodies[path];
  return {
    size: body.length,
    checksum: { algorithm: 'sha256' as const, hex: createHash('sha256').update(body).digest('hex') },
  };
};

describe('lexel words get', () => {
  it('downloads, verifies and unpacks a set, and does not download it twice', async () => {
    const dataDir = temp('data');
    const path = '/glove.6B.zip';
    const options = { dataDir, url: site + path, expect: expectOf(path) };
    expect((await getWords('glove.6B', options)).fetched).toBe(true);
    expect(readdirSync(temp('data/glove')).sort()).toEqual(Object.keys(whole).sort());
    expect(existsSync(temp('data/glove.6B.zip'))).toBe(false);
    expect((await openWords('glove:200', { dataDir })).words).toEqual(['king200']);
    const before = requests;
    expect((await getWords('glove.6B', options)).fetched).toBe(false);
    expect(requests).toBe(before);
  });
  it('gives an alternative in its hint if the download or the archive is faulty', async () => {
    const get = (path: string, expected = path) =>
      errorOf(() =>
        getWords('glove.6B', { dataDir: temp(`d${requests}`), url: site + path, expect: expectOf(expected) }),
      );
    expect(await get('/none', '/part.zip')).toMatch(/the server answered 404[\s\S]*--data-dir/);
    expect(await get('/broken.zip')).toMatch(/FormatError: .*cannot be unpacked[\s\S]*--words/);
    expect(await get('/part.zip')).toMatch(
      'does not contain glove.6B.100d.txt, glove.6B.200d.txt, glove.6B.300d.txt',
    );
    const { size } = expectOf('/part.zip');
    const wrong = { size, checksum: { algorithm: 'sha256' as const, hex: '0'.repeat(64) } };
    const refused = await errorOf(() =>
      getWords('glove.6B', { dataDir: temp('w'), url: `${site}/part.zip`, expect: wrong }),
    );
    expect(refused).toMatch(/^ChecksumError: /);
    expect(await errorOf(() => getWords('glove.7B'))).toMatchInlineSnapshot(`
      "UsageError: unknown word vectors "glove.7B"
      did you mean glove.6B? known sets to download: glove.6B"
    `);
  });
});
