/** Many folds through queue and store, by workers that train nothing. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Collector } from '../../dist/queue/collector.js';
import { mismatches } from '../../dist/queue/index.js';
import { StoredExperiment } from '../../dist/queue/stored-experiment.js';
import { scratch } from '../lib/scratch.mjs';
import { mebibytes } from '../lib/table.mjs';
import { start } from './lib/child.mjs';
import { STORE, total } from './lib/counters.mjs';
import { bitsOf } from './lib/experiment.mjs';
import { openPlace } from './lib/place.mjs';

export const title = 'Folds that train nothing';

/** The fold whose files all get: real training, but little of it. */
const TEMPLATE = { epochs: 10, limit: 128, folds: 1 };

/** Folds that are collected a second time. */
const AGAIN = 1000;

export async function measure({ log, folds }) {
  const [processes, each] = [2, 4];
  const template = join(scratch(), 'template');
  await start('local', { dir: template, what: TEMPLATE, cores: 1 }).done();
  const place = await openPlace();
  try {
    mkdirSync(join(place.folder, 'scratch'));
    const empty = Number((await place.info('memory')).used_memory);
    const what = { ...TEMPLATE, folds, madeUp: true };
    const dir = join(place.folder, 'run');
    const coordinator = start('coordinator', { ...place, objects: null, redis: null, dir, what });
    const { experiment, began, filled } = await coordinator.next('filled');
    const full = Number((await place.info('memory')).used_memory);
    log(`filled with ${folds} folds in ${Math.round(filled - began)} ms`);
    const calls = await commandCalls(place);
    const stored = new StoredExperiment(place.objects, experiment);
    const plan = (await stored.plan()).folds;
    const { queue, store } = place;
    const noOp = { dir: template, fold: (await firstFold(template)).id };
    const workers = Array.from({ length: processes }, () =>
      start('worker', { queue, store, cores: each, noOp, scratch: join(place.folder, 'scratch') }),
    );
    const led = await coordinator.done();
    const done = await Promise.all(workers.map((worker) => worker.stop()));
    const after = await commandCalls(place);
    const commands = Object.entries(after).reduce((sum, [name, n]) => sum + n - (calls[name] ?? 0), 0);
    const peak = Number((await place.info('memory')).used_memory_peak);

    // Afterwards, alone: a second run directory, for some of the folds.
    const some = plan.slice(0, AGAIN).map(({ id, heldOut }) => ({ id, heldOut: [...heldOut] }));
    const again = join(place.folder, 'again');
    const collector = new Collector(stored, again, some);
    const [, collecting] = await timed(() => collector.collect());
    const [, look] = await timed(() => collector.collect());
    const [different, comparing] = await timed(() =>
      mismatches(
        stored,
        plan.map(({ id }) => id),
      ),
    );

    const bits = bitsOf(template, noOp.fold);
    const copies = [...plan.map(({ id }) => [dir, id]), ...some.map(({ id }) => [again, id])];
    const lost = copies.filter(([where, id]) => !isEqual(where, id, bits)).length;
    const trained = done.reduce((sum, { finished }) => sum + finished, 0);
    const seconds =
      (Math.max(...done.map(({ last }) => last)) - Math.min(...done.map(({ first }) => first))) / 1000;
    const counts = total(done.map((one) => one.counts));
    for (const [name, { calls, ms }] of Object.entries(counts))
      log(`  ${name}: ${(calls / folds).toFixed(2)} a fold, ${(ms / Math.max(1, calls)).toFixed(2)} ms each`);
    for (const [name, { calls, ms, longest }] of Object.entries(led.counts))
      log(
        `  coordinator ${name}: ${(calls / folds).toFixed(3)} a fold, ${(ms / Math.max(1, calls)).toFixed(2)} ms each, longest ${longest.toFixed(1)}`,
      );
    const operations = (of, prefix = '') =>
      Object.keys(STORE).reduce((sum, name) => sum + of[`${prefix}${name}`].calls, 0) / folds;
    const perSecond = (n, ms) => `${Math.round((1000 * n) / ms).toLocaleString('en')} folds/s`;
    return [
      { what: `fill ${folds.toLocaleString('en')} folds`, value: perSecond(folds, filled - began) },
      {
        what: `${processes} workers of ${each} folds at once: claim, commit, release`,
        value: perSecond(folds, 1000 * seconds),
      },
      {
        what: 'the coordinator beside them, until the last result',
        value: perSecond(folds, led.ended - led.filled),
      },
      { what: 'collect into a second directory', value: perSecond(some.length, collecting) },
      { what: 'one look of the coordinator when nothing is new', value: `${look.toFixed(0)} ms` },
      { what: 'looking for results with different bits', value: `${comparing.toFixed(0)} ms` },
      { what: "store operations a fold: workers'", value: operations(counts, 'store ').toFixed(1) },
      { what: "store operations a fold: the coordinator's", value: operations(led.counts).toFixed(1) },
      {
        what: "bytes a fold in the store: workers'",
        value: `${Math.round((counts['store put'].bytes + counts['store create'].bytes) / folds / 1000)} kB`,
      },
      { what: 'Redis commands a fold, those inside scripts included', value: (commands / folds).toFixed(1) },
      { what: 'Redis: memory when filled, a fold', value: `${Math.round((full - empty) / folds)} bytes` },
      { what: 'Redis: peak memory', value: `${mebibytes(peak)} MiB` },
      {
        what: 'coordinator: peak memory (before the fill)',
        value: `${mebibytes(led.memory)} MiB (${mebibytes(led.memoryBefore)})`,
      },
      {
        what: 'worker: peak memory',
        value: `${mebibytes(Math.max(...done.map(({ memory }) => memory)))} MiB`,
      },
      {
        what: 'lost, trained twice, different',
        value: `${lost}, ${trained - folds}, ${different.length}`,
        limit: '0',
        met: lost === 0 && trained === folds && different.length === 0,
      },
    ];
  } finally {
    await place.close();
  }
}

const firstFold = async (dir) => (await import('../../dist/crossval/run-file.js')).readRunFile(dir).folds[0];

async function timed(work) {
  const began = performance.now();
  const result = await work();
  return [result, performance.now() - began];
}

function isEqual(dir, id, bits) {
  try {
    return bitsOf(dir, id) === bits;
  } catch {
    return false;
  }
}

async function commandCalls(place) {
  const entries = Object.entries(await place.info('commandstats'));
  return Object.fromEntries(
    entries.map(([name, text]) => [name.replace('cmdstat_', ''), Number(/calls=(\d+)/.exec(text)[1])]),
  );
}
