// Loads a packed store of word vectors, and searches it.
import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askOnce } from '../lib/peer.mjs';
import { scratch } from '../lib/scratch.mjs';
import { median } from '../lib/stats.mjs';
import { digits, table, verdict } from '../lib/table.mjs';

const script = fileURLToPath(new URL('../peers/words.mjs', import.meta.url));
const DIMENSION = 300;
const LOAD_MS = 1000;
const NEAREST_MS = 100;

export const title = 'Word vectors';

export async function measure({ rounds, quick, log }) {
  const count = quick ? 40_000 : 400_000;
  log(`words: ${count} × ${DIMENSION}`);
  const dir = scratch();
  const { bavail, bsize } = statfsSync(dir);
  const needed = count * DIMENSION * 4 * 1.2;
  if (bavail * bsize < needed)
    throw new Error(`${dir} has less than ${Math.ceil(needed / 2 ** 20)} MiB free`);
  const file = join(dir, 'random.lexw');
  try {
    await askOnce([process.execPath, [script, 'make', file, String(count), String(DIMENSION)]]);
    const runs = [];
    for (let round = 0; round < rounds; round++)
      runs.push(await askOnce([process.execPath, [script, 'open', file]]));
    return {
      count,
      dimension: DIMENSION,
      load: median(runs.map((run) => run.load_ms)),
      first: median(runs.map((run) => run.first_ms)),
      nearest: median(runs.flatMap((run) => run.nearest_ms)),
      runs,
    };
  } finally {
    rmSync(file, { force: true });
  }
}

export function render({ count, dimension, load, first, nearest }) {
  const rows = [
    ['load', digits(load, 0), verdict(`< ${LOAD_MS}`, load < LOAD_MS)],
    ['first nearest 10', digits(first, 0), verdict(`< ${NEAREST_MS}`, first < NEAREST_MS)],
    ['nearest 10', digits(nearest, 0), verdict(`< ${NEAREST_MS}`, nearest < NEAREST_MS)],
  ];
  const intro = `${count.toLocaleString('en')} × ${dimension} float32, packed, in the page cache; milliseconds, each load in a process of its own, checksums verified.`;
  return `${intro}\n\n${table(['', 'ms', 'target'], rows, ['l', 'r', 'l'])}`;
}
