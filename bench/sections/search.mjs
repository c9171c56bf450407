// Search in an index of images, compared with the machine's copy speed, and the time to classify one image.
import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinned } from '../lib/machine.mjs';
import { askOnce } from '../lib/peer.mjs';
import { scratch } from '../lib/scratch.mjs';
import { median } from '../lib/stats.mjs';
import { digits, mebibytes, percent, table, verdict } from '../lib/table.mjs';

const script = fileURLToPath(new URL('../peers/search.mjs', import.meta.url));
const DIMENSION = 300;
const THREADS = 2;
const SEARCH_MS = 200;
/** Target in milliseconds for one image, from pixels. */
const ANSWER_MS = { native: 2, wasm: 10 };

export const title = 'Search and single images';

export async function measure({ nets, rounds, quick, machine, log }) {
  const count = quick ? 100_000 : 1_000_000;
  const threads = Math.min(THREADS, machine.cpu.processors);
  const indexes = [];
  for (const dtype of ['float32', 'float16']) {
    log(`search: ${count} × ${DIMENSION} ${dtype}`);
    indexes.push(await searchIndex(dtype, count, threads, Math.min(rounds, 3)));
  }
  const answers = [];
  for (const net of nets) {
    for (const backend of ['native', 'wasm']) {
      if (backend === 'native' && machine.lexel.backend !== 'native') continue;
      log(`search: one image, ${net} ${backend}`);
      const runs = [];
      for (let round = 0; round < Math.min(rounds, 3); round++)
        runs.push(await askOnce(pinned(1, process.execPath, [script, 'classify', net, backend, scratch()])));
      const middle = (key) => median(runs.map((run) => run[key]));
      answers.push({ ...runs[0], pixels_ms: middle('pixels_ms'), png_ms: middle('png_ms') });
    }
  }
  return { count, dimension: DIMENSION, threads, indexes, answers };
}

async function searchIndex(dtype, count, threads, rounds) {
  const dir = scratch();
  const { bavail, bsize } = statfsSync(dir);
  const needed = count * (DIMENSION * 4 + 40);
  if (bavail * bsize < needed) throw new Error(`${dir} has less than ${mebibytes(needed)} MiB free`);
  const file = join(dir, `${dtype}.lex`);
  try {
    await askOnce([process.execPath, [script, 'make', file, String(count), String(DIMENSION), dtype]]);
    const runs = [];
    for (let round = 0; round < rounds; round++)
      runs.push(await askOnce(pinned(threads, process.execPath, [script, 'open', file, String(threads)])));
    const middle = (key) => median(runs.flatMap((run) => run[key]));
    const search = middle('search_ms');
    const { bytes } = runs[0];
    return {
      dtype,
      bytes,
      load: middle('load_ms'),
      first: middle('first_ms'),
      search,
      rate: bytes / (search / 1000),
      copy: middle('copy'),
      heap: middle('heap'),
      runs,
    };
  } finally {
    rmSync(file, { force: true });
  }
}

export function render({ count, dimension, threads, indexes, answers }) {
  const gigabytes = (rate) => digits(rate / 1e9, 1);
  const searched = table(
    ['rows', 'MiB', 'load, ms', 'first, ms', 'warm, ms', 'target', 'GB/s', 'of copy speed', 'heap, MiB'],
    indexes.map((i) => [
      i.dtype,
      mebibytes(i.bytes),
      digits(i.load, 0),
      digits(i.first, 0),
      digits(i.search, 1),
      verdict(`< ${SEARCH_MS}`, i.search < SEARCH_MS),
      gigabytes(i.rate),
      `${percent(i.rate / i.copy)} of ${gigabytes(i.copy)}`,
      mebibytes(i.heap),
    ]),
    ['l', 'r', 'r', 'r', 'r', 'l', 'r', 'r', 'r'],
  );
  const answered = table(
    ['network', 'backend', 'from pixels, ms', 'target', 'from a 256 × 256 PNG, ms'],
    answers.map(({ net, backend, isa, pixels_ms, png_ms }) => [
      net,
      `${backend} (${isa})`,
      digits(pixels_ms, 2),
      verdict(`< ${ANSWER_MS[backend]}`, pixels_ms < ANSWER_MS[backend]),
      digits(png_ms, 2),
    ]),
    ['l', 'l', 'r', 'l', 'r'],
  );
  return [
    `${count.toLocaleString('en')} × ${dimension}, ten nearest, exactly, by ${threads} threads that share the rows; the index is in the page cache when it is loaded, checksums verified. Copy speed counts bytes read and written; heap is the process's after the searches.`,
    searched,
    'One image to the five nearest of 100 labels, batch 1, one core, after loading; medians of 300.',
    answered,
  ].join('\n\n');
}
