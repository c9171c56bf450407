/**
 * The same fold by the local runner, and through queue and store. Both run at the same time, each on a processor of its own, because
 * the speed of a shared machine changes by a quarter from one minute to the next; every pair swaps the processors.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { median, medianRatio } from '../lib/stats.mjs';
import { percent } from '../lib/table.mjs';
import { start } from './lib/child.mjs';
import { total } from './lib/counters.mjs';
import { bitsOf, REAL } from './lib/experiment.mjs';
import { openPlace } from './lib/place.mjs';

export const title = 'Queue and checkpoints against the local runner';

export async function measure({ log, quick, rounds, cores, dataDir }) {
  if (cores < 2) throw new Error('The overhead is measured on two processors.');
  const data = dataDir ? { data: 'cifar-100', words: 'glove', dataDir, epochs: 2 } : REAL;
  const what = { ...data, folds: 1, ...(quick && { epochs: 1 }) };
  const pairs = [];
  for (let round = 0; round < (quick ? 1 : rounds); round++) {
    const pair = await atTheSameTime(what, round % 2);
    pairs.push(pair);
    const { local, queue } = pair;
    log(`local ${local.seconds.toFixed(2)} s, queue ${queue.seconds.toFixed(2)} s`);
  }
  const of = (who, key) => pairs.map((pair) => pair[who][key]);
  const seconds = median(of('local', 'seconds'));
  const counts = total(of('queue', 'counts'));
  const direct = (counts.begin.ms + counts.commit.ms + counts.release.ms) / pairs.length / 1000;
  const { keepCheckpoint: kept } = counts;
  const ratios = pairs.map(({ local, queue }) => queue.seconds / local.seconds - 1).sort((a, b) => a - b);
  const quartile = (share) => signed(ratios[Math.round(share * (ratios.length - 1))]);
  const wall = median(ratios);
  const processor = medianRatio(of('queue', 'processor'), of('local', 'processor')) - 1;
  const beside = { local: median(of('local', 'beside')), queue: median(of('queue', 'beside')) };
  const [filling, others] = [median(of('queue', 'filling')), median(of('queue', 'others'))];
  const more = (beside.queue + others - beside.local) / median(of('local', 'processor'));
  const each = ({ ms, calls }) => `${(ms / calls).toFixed(1)} ms`;
  const delays = of('queue', 'delay');
  const longest = Math.max(...delays.map((delay) => delay.p999));
  const bits = new Set(pairs.flatMap((pair) => pair.bits));
  return [
    { what: 'a fold by the local runner', value: `${seconds.toFixed(2)} s` },
    { what: 'a fold through the queue', value: `${median(of('queue', 'seconds')).toFixed(2)} s` },
    {
      what: `on the clock, median of ${pairs.length} pairs (quartiles ${quartile(0.25)}, ${quartile(0.75)})`,
      value: signed(wall),
      limit: '< 2 %',
      met: wall < 0.02,
    },
    {
      what: "in processor time, the coordinator's and Redis's included",
      value: signed(processor),
      limit: '< 2 %',
      met: processor < 0.02,
    },
    {
      what: 'of a fold: processor time beside its thread, more than by the local runner',
      value: signed(more),
      limit: '< 2 %',
      met: more < 0.02,
    },
    { what: "- beside a fold's thread, local runner", value: `${(1000 * beside.local).toFixed(0)} ms` },
    { what: "- beside a fold's thread, worker", value: `${(1000 * beside.queue).toFixed(0)} ms` },
    { what: '- coordinator and Redis', value: `${(1000 * others).toFixed(0)} ms` },
    {
      what: 'putting the experiment into the queue, once, not counted above',
      value: `${(1000 * filling).toFixed(0)} ms`,
    },
    {
      what: 'of a fold: claim, commit and release, when its core does not train',
      value: percent(direct / seconds),
      limit: '< 2 %',
      met: direct / seconds < 0.02,
    },
    { what: 'claim', value: each(counts.begin) },
    { what: 'commit, with the wait for the last checkpoint', value: each(counts.commit) },
    { what: 'release', value: each(counts.release) },
    {
      what: 'checkpoint to the store, beside training',
      value: `${each(kept)}, ${(kept.bytes / kept.calls / 1e6).toFixed(2)} MB`,
    },
    {
      what: 'checkpoints a fold',
      value: `${(kept.calls / pairs.length).toFixed(1)} of ${what.epochs} epochs`,
    },
    {
      what: "worker's main thread: delay, median",
      value: `${median(delays.map((delay) => delay.p50)).toFixed(1)} ms`,
    },
    {
      what: "worker's main thread: delay, p99.9, the worst run",
      value: `${longest.toFixed(0)} ms`,
      limit: '< 1 s',
      met: longest < 1000,
    },
    {
      what: 'the longest delay',
      value: `${Math.max(...delays.map((delay) => delay.longest)).toFixed(0)} ms`,
    },
    {
      what: 'different results among all runs',
      value: `${bits.size - what.folds}`,
      limit: '0',
      met: bits.size === what.folds,
    },
  ];
}

const signed = (share) => `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(2)} %`;

/** Keeps a process on a processor, where `taskset` is installed. */
function pin({ pid }, processor) {
  spawnSync('taskset', ['-a', '-p', '-c', `${processor}`, `${pid}`]);
}

/** A pair, with the worker and its coordinator on one of the first two processors and the local runner on the other one. */
async function atTheSameTime(what, processor) {
  const place = await openPlace();
  try {
    const { queue, store, folder } = place;
    const [own, led] = ['local', 'queued'].map((name) => join(folder, name));
    const runner = start('local', { dir: own, what, cores: 1 });
    const worker = start('worker', { queue, store, cores: 1, dataDir: what.dataDir });
    const redisBefore = await place.processorSeconds();
    const coordinator = start('coordinator', { queue, store, dir: led, what });
    pin(runner, 1 - processor);
    for (const one of [worker, coordinator]) pin(one, processor);
    const byQueue = async () => {
      const done = await coordinator.done();
      return { done, redis: (await place.processorSeconds()) - redisBefore, ...(await worker.stop()) };
    };
    const [local, through] = await Promise.all([runner.done(), byQueue()]);
    const { filling, following } = through.done;
    const others = following + through.redis;
    return {
      local,
      queue: {
        seconds: (through.last - through.first) / 1000,
        processor: through.processor + filling + others,
        beside: through.beside,
        filling,
        others,
        ...{ counts: through.counts, delay: through.delay },
      },
      bits: local.folds.flatMap((id) => [bitsOf(own, id), bitsOf(led, id)]),
    };
  } finally {
    await place.close();
  }
}
