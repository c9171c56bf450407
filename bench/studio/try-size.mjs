// What Try it loads until an image is answered, compressed by gzip as a web host sends it.
import { gzipSync } from 'node:zlib';
import { withStudio } from './lib/browser.mjs';

export const title = 'Try it: bytes loaded';

const LIMIT = 250_000;
/** A PNG file of one pixel. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
/** Not part of the page: a model and word vectors are what the reader chooses. */
const CHOSEN = /\/api\/(models|runs|words)\//;

export function measure() {
  return withStudio(async ({ url, browser }) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const sizes = new Map();
    const read = async (address) => {
      const body = new Uint8Array(await (await fetch(address)).arrayBuffer());
      sizes.set(address, gzipSync(body, { level: 9 }).length);
    };
    const addresses = new Set();
    context.on('request', (request) => addresses.add(request.url().split('#')[0]));
    page.on('worker', (worker) => addresses.add(worker.url()));
    await page.goto(`${url}#/try?vocab=1000`);
    await page.locator('.drop input[type=file]').setInputFiles({
      name: 'white.png',
      mimeType: 'image/png',
      buffer: Buffer.from(PIXEL, 'base64'),
    });
    await page.locator('.word-list').waitFor();
    for (const address of addresses) if (/^https?:/.test(address)) await read(address);
    const total = (chosen) =>
      [...sizes].reduce((sum, [address, size]) => sum + (chosen(address) ? size : 0), 0);
    const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
    const own = total((address) => !CHOSEN.test(address));
    return [
      { what: 'page, worker and kernels', value: kilobytes(own), limit: '≤ 250 kB', met: own <= LIMIT },
      { what: 'of these, kernels', value: kilobytes(total((address) => /\.wasm$/.test(address))) },
      { what: 'bundled model', value: kilobytes(total((address) => /\/api\/models\//.test(address))) },
      {
        what: 'word pack, when other words are asked for',
        value: kilobytes(total((address) => /\/api\/words\//.test(address))),
      },
    ];
  });
}
