// Training images per second in Chromium, next to Node's WebAssembly with the same kernels, taking turns.
import { readFileSync } from 'node:fs';
import { median } from '../lib/stats.mjs';
import { rate } from '../lib/table.mjs';
import { withStudio } from './lib/browser.mjs';

export const title = 'Teach it: training speed';

const PLAN = { classes: 60, images: 60, epochs: 2, seed: 0, hold: 3 };
const ADDRESS = Object.entries(PLAN)
  .map(([name, value]) => `${name}=${value}`)
  .join('&');
/** As the page trains (web/src/teach/settings.ts). */
const BATCH = 64;
const ROUNDS = 3;

export function measure({ log }) {
  return withStudio(async (studio) => {
    const rates = { browser: [], node: [] };
    let longest = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      log(`teach-speed: round ${round} of ${ROUNDS}`);
      const trained = await inBrowser(studio);
      rates.browser.push(trained.rate);
      longest = Math.max(longest, trained.longest);
      rates.node.push(await inNode());
    }
    const [browser, node] = [median(rates.browser), median(rates.node)];
    return [
      { what: 'Chromium', value: `${rate(browser)} images/s` },
      { what: 'Node, LEXEL_ISA=simd128', value: `${rate(node)} images/s` },
      { what: 'ratio', value: (browser / node).toFixed(2) },
      {
        what: 'longest task of the page meanwhile',
        value: longest === 0 ? '< 50 ms' : `${longest.toFixed(0)} ms`,
        limit: '< 50 ms',
        met: longest === 0,
      },
    ];
  });
}

async function inBrowser({ url, browser }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries())
        globalThis.longest = Math.max(globalThis.longest, duration);
    }).observe({ type: 'longtask' });
  });
  await page.goto(`${url}#/teach?${ADDRESS}`);
  const train = page.getByRole('button', { name: 'Train', exact: true });
  await train.waitFor();
  await page.evaluate(() => {
    globalThis.longest = 0;
  });
  await train.click();
  await page.getByText(/^Finished/).waitFor({ timeout: 600_000 });
  const longest = await page.evaluate(() => globalThis.longest);
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the curves (CSV)' }).click();
  const [head, ...lines] = readFileSync(await (await waiting).path(), 'utf8')
    .trim()
    .split('\n');
  await context.close();
  const column = (name) => {
    const at = head.split(',').indexOf(name);
    return lines.reduce((sum, line) => sum + Number(line.split(',')[at]), 0);
  };
  return { rate: column('images') / column('seconds'), longest };
}

async function inNode() {
  const { readWords, shapesWorld, startEngine, trainModel } = await import('../../dist/browser/index.js');
  const asset = (path) => readFileSync(new URL(`../../assets/${path}`, import.meta.url));
  const { classes, images, epochs, seed, hold } = PLAN;
  const dataset = shapesWorld({ size: 32, classes, perClass: images, testPerClass: 10, seed });
  const outcome = await trainModel({
    engine: await startEngine(asset('lexel.wasm')),
    dataset,
    words: readWords(asset('words/shapes.lexw'), 'shapes.lexw'),
    heldOut: dataset.classes.slice(0, hold),
    epochs,
    seed,
    train: { batch: BATCH },
  });
  if (outcome.status !== 'finished') throw new Error('it was not to stop');
  return outcome.imagesPerSecond;
}
