// Readers of downloads: published archives, served over HTTP by this process, and a download that resumes an interrupted one.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CIFAR_FILES } from '../../../dist/data/cifar.js';
import { getDataset } from '../../../dist/data/index.js';
import { download } from '../../../dist/util/download.js';
import { GLOVE_DIMENSIONS, getWords } from '../../../dist/words/index.js';
import { TAR, ZIP, zipOf } from '../codecs/archives.mjs';
import { gzipped, JSON_FILE } from '../codecs/plain.mjs';

let served = Buffer.alloc(0);
let address;

/** Serves these bytes on a local port, with support for range requests. @returns the URL */
async function serve(bytes) {
  served = bytes;
  if (address) return address;
  const server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const current = request.headers['if-range'] === undefined || request.headers['if-range'] === '"tag"';
    const part = from > 0 && from < served.length && current;
    const range = part ? { 'content-range': `bytes ${from}-${served.length - 1}/${served.length}` } : {};
    const body = part ? served.subarray(from) : served;
    response.writeHead(part ? 206 : 200, { etag: '"tag"', 'content-length': body.length, ...range });
    response.end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  server.unref();
  address = `http://127.0.0.1:${server.address().port}/archive`;
  return address;
}

const sha256 = (bytes) => ({ algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') });

/** The published size and checksum: of the mutated archive if the case was resealed, else of the valid archive. */
const published = ({ bytes, seed, isSealed }) => {
  const expected = isSealed ? bytes : seed;
  return { size: expected.length, checksum: sha256(expected) };
};

/** Makes a tar archive; the codec fills in sizes and checksums. */
const tarOf = (files) =>
  TAR.close(
    Object.entries(files).flatMap(([name, content]) => {
      const header = Buffer.alloc(512);
      header.write(name, 'latin1');
      header.write('0000644\0', 100, 'latin1');
      header.write('0', 156, 'latin1');
      header.write('ustar\x0000', 257, 'latin1');
      return [{ bytes: header }, { bytes: Buffer.from(content) }];
    }),
  );

const PART = 'x.part.json';

export const ARCHIVE_READERS = {
  'data get (tar.gz)': {
    file: 'cifar-100-binary.tar.gz',
    share: 0.25,
    write: (file, seed) =>
      writeFileSync(
        file,
        gzipSync(
          tarOf(
            Object.fromEntries(
              CIFAR_FILES['cifar-100'].map((name) => [`cifar-100-binary/${name}`, `${name} ${seed}`]),
            ),
          ),
        ),
      ),
    codec: gzipped(TAR),
    checked: () => true,
    outer: [/expected/, /checksum/, /incorrect header check/],
    names: /archive|cifar-100/,
    async read(_file, context) {
      const dataDir = join(context.dir, 'data');
      try {
        const { dir } = await getDataset('cifar-100', {
          dataDir,
          url: await serve(context.bytes),
          expect: published(context),
        });
        return CIFAR_FILES['cifar-100'].map((name) => readFileSync(join(dir, name)));
      } finally {
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
  },
  'words get (zip)': {
    file: 'glove.6B.zip',
    share: 0.25,
    write: (file, seed) =>
      writeFileSync(
        file,
        zipOf(Object.fromEntries(GLOVE_DIMENSIONS.map((d) => [`glove.6B.${d}d.txt`, `king ${seed} ${d}\n`]))),
      ),
    codec: ZIP,
    checked: () => true,
    names: /glove\.6B/,
    outer: [/expected/, /checksum/, /End of central directory/i],
    async read(_file, context) {
      const dataDir = join(context.dir, 'data');
      try {
        mkdirSync(dataDir);
        writeFileSync(join(dataDir, 'glove.6B.zip'), context.bytes);
        const { dir } = await getWords('glove.6B', { dataDir, expect: published(context) });
        return GLOVE_DIMENSIONS.map((d) => readFileSync(join(dir, `glove.6B.${d}d.txt`)));
      } finally {
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
  },
  'download, resumed': {
    fresh: true,
    file: PART,
    share: 0.25,
    write: (file, seed) =>
      writeFileSync(
        file,
        JSON.stringify({ url: `http://127.0.0.1/${seed}`, validator: seed === 2 ? null : '"tag"' }),
      ),
    codec: JSON_FILE,
    outer: [],
    names: /archive|x/,
    async read(file, { dir, bytes, random }) {
      const whole = Buffer.from('the whole content of the file that is downloaded');
      const url = await serve(whole);
      // The server's port is known only now.
      writeFileSync(file, bytes.toString('latin1').replaceAll(/http:..127\.0\.0\.1\/\d/g, url), 'latin1');
      writeFileSync(
        join(dir, 'x.part'),
        random.below(4) === 0 ? Buffer.alloc(random.below(60)) : whole.subarray(0, random.below(50)),
      );
      await download(url, join(dir, 'x'), { size: whole.length, checksum: sha256(whole) });
      if (!readFileSync(join(dir, 'x')).equals(whole)) throw new Error('the download is not what was served');
      return 'whole';
    },
  },
};
