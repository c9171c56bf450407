// Frames of the studio's map in Chromium: 10,000 images and 1,000,000 points, while zooming, panning and moving.
// LEXEL_CHROMIUM names another browser; with LEXEL_GPU=1 it may use the graphics card. Software rendering keeps every core busy,
// so the target is for the processor time of a frame's JavaScript, which Chromium's trace has for each callback; the time
// on the clock, with its waits for a core, is printed beside it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build } from 'vite';
import { startChromium, WEBGL } from '../../scripts/chromium.mjs';

const CASES = [
  { name: '10,000 images', images: 10_000, pictures: true, frames: 120 },
  { name: '1,000,000 points', images: 1_000_000, pictures: false, frames: 40 },
];
const DRAWS = 4;
const SCRIPT = 2;

export const title = 'Frames of the map';

export async function measure({ log }) {
  const found = [];
  const out = mkdtempSync(join(tmpdir(), 'lexel-bench-map-'));
  const TYPES = { '.html': 'text/html', '.js': 'text/javascript' };
  await build({
    root: import.meta.dirname,
    logLevel: 'error',
    build: {
      outDir: out,
      emptyOutDir: true,
      rollupOptions: { input: join(import.meta.dirname, 'map-frames.html') },
    },
  });
  const server = createServer(({ url = '' }, response) => {
    const path = new URL(url, 'http://localhost').pathname;
    try {
      const content = readFileSync(join(out, path));
      response
        .writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
        .end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const browser = await startChromium(process.env.LEXEL_GPU ? [] : WEBGL);
  const at = (list, share) =>
    [...list].sort((a, b) => a - b)[Math.floor(share * (list.length - 1))].toFixed(2);
  try {
    for (const { name, images, pictures, frames } of CASES) {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${address.port}/map-frames.html`);
      await browser.startTracing(page, { categories: ['devtools.timeline'] });
      const measured = await page.evaluate(
        ([n, drawn, f]) => globalThis.measureFrames(n, drawn, f),
        /** @type {[number, boolean, number]} */ ([images, pictures, frames]),
      );
      const { draws, script, frame, renderer, software } = measured;
      const processor = processorTimes(await browser.stopTracing()).slice(-script.length);
      const p99 = at(processor, 0.99);
      const by = `${software ? 'software rendering, ' : ''}${renderer}`;
      log(`map: ${name}, ${by}`);
      found.push(
        {
          what: `${name}: draw calls a frame`,
          value: String(draws),
          limit: `≤ ${DRAWS}`,
          met: draws <= DRAWS,
        },
        {
          what: `${name}: JavaScript a frame, p99 (median ${at(processor, 0.5)} ms; on the clock ${at(script, 0.99)} ms)`,
          value: `${p99} ms`,
          limit: `≤ ${SCRIPT} ms`,
          met: Number(p99) <= SCRIPT,
        },
        { what: `${name}: frame, median; ${by}`, value: `${at(frame, 0.5)} ms` },
      );
      await page.close();
    }
  } finally {
    await browser.close();
    server.close();
    rmSync(out, { recursive: true });
  }
  return found;
}

/** Processor time of each animation frame's callback, in milliseconds. */
function processorTimes(trace) {
  /** @type {{ traceEvents: { name: string, tdur?: number }[] }} */
  const { traceEvents } = JSON.parse(trace.toString());
  return traceEvents.flatMap(({ name, tdur }) =>
    name === 'FireAnimationFrame' && tdur !== undefined ? [tdur / 1000] : [],
  );
}
