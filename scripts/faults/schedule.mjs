// A schedule: workers and coordinators train an experiment while events that were drawn from a seed happen to them. In the end all results must be
// there, once, and have the bits of a local run.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PREFIX } from '../../dist/queue/fold-queue.js';
import { connectRedis } from '../../dist/queue/redis.js';
import { StoredExperiment } from '../../dist/queue/stored-experiment.js';
import { deriveKey, Random } from '../../dist/util/random.js';
import { leftOver, runContent } from '../crash/run-content.mjs';
import { startRedis } from '../redis-server.mjs';
import { Cluster, LOCK_TIME } from './cluster.mjs';
import { EVENTS } from './events.mjs';
import { wrongEnd, wrongFold } from './model.mjs';
import { newStore } from './stores.mjs';
import { watchStore } from './watch.mjs';

/** Milliseconds after which a schedule counts as hung. */
const PATIENCE = 600_000;

/** Events of a schedule: at least, and how many more at most. */
const FEWEST = 4;
const MORE = 5;

/** Draws a schedule: who takes part, and which event happens after how many results, and how long after the last of them. */
export function drawSchedule({ seed, number, results, workers, coordinators, kinds = Object.keys(EVENTS) }) {
  const random = new Random(deriveKey(seed, 'fault', number));
  const table = kinds.flatMap((kind) => {
    const { share, needs } = EVENTS[kind];
    return !needs || needs() ? Array(share).fill(kind) : [];
  });
  const events = Array.from({ length: FEWEST + random.below(MORE + 1) }, () => ({
    kind: table[random.below(table.length)],
    after: random.below(results),
    wait: random.below(400),
  }));
  const drawn = {
    store: random.below(4) === 0 ? 's3' : 'folder',
    ...{ workers: 3 + random.below(2), coordinators: random.below(4) === 0 ? 2 : 1 },
  };
  return {
    ...{ seed, number, random, events: events.sort((a, b) => a.after - b.after) },
    ...{ ...drawn, ...(workers && { workers }), ...(coordinators && { coordinators }) },
  };
}

/**
 * Runs a schedule.
 * @param {{ folder: string, options: string[], content: Map<string, Buffer>, resultOf: (fold: string) => object }} experiment of which folder is a
 *   folder of its own, content that of a local run, and resultOf the files of its folds
 * @param tell called after every event with { kind, late }
 * @returns wrong: what is; claims and duplicates: how many there were
 */
export async function runSchedule(schedule, experiment, tell) {
  const { folder, options, content, resultOf } = experiment;
  const { random, events, workers, coordinators } = schedule;
  const root = join(folder, `schedule-${schedule.number}`);
  mkdirSync(root, { recursive: true });
  const wrong = [];
  const giveUp = new AbortController();
  const server = await startRedis();
  // The connection waits while the server is down.
  const redis = { ...server, client: await connectRedis({ url: server.url }) };
  const place = await newStore(schedule.store, root);
  const store = await place.open();
  const watch = watchStore(store);
  const cluster = new Cluster({ root, redis, place, options }, (life, kind) => {
    const problem = wrongEnd(life, kind);
    if (problem) wrong.push(problem);
    if (problem) giveUp.abort();
  });
  const pauses = () => random.below(400);
  const slots = Array.from({ length: workers }, (_, slot) => cluster.keepWorker(slot, pauses));
  const written = Array.from({ length: coordinators }, (_, slot) => cluster.keepCoordinator(slot, pauses));
  const done = Promise.all(written).then(() => giveUp.abort());

  const happen = async ({ kind, after, wait }) => {
    while (watch.commits < after && !giveUp.signal.aborted) await sleep(20);
    await sleep(wait, undefined, { signal: giveUp.signal }).catch(() => {});
    const scene = { cluster, redis, place, store, resultOf, random };
    const happened = !giveUp.signal.aborted && (await EVENTS[kind].happen(scene));
    tell({ kind, late: !happened });
  };
  const happening = Promise.all(events.map(happen)).catch((error) => {
    wrong.push(`an event failed: ${error.stack}`);
    giveUp.abort();
  });
  const late = setTimeout(() => {
    const missing = `${watch.commits} results`;
    wrong.push(`not finished after ${PATIENCE} ms: ${missing}`);
    giveUp.abort();
  }, PATIENCE);
  await new Promise((resolve) => giveUp.signal.addEventListener('abort', resolve));
  clearTimeout(late);
  await happening;
  cluster.stop();
  await Promise.allSettled([...slots, done]);
  wrong.push(...(await watch.stop()));
  if (wrong.length === 0)
    wrong.push(...(await wrongInTheEnd({ store, watch, cluster, redis, coordinators, content })));
  const counts = await countStore(store, watch.claims);
  redis.client.disconnect();
  await redis.close();
  await place.close();
  if (wrong.length === 0) rmSync(root, { recursive: true, force: true });
  else {
    for (const { slot, done: what, end } of [...cluster.workers, ...cluster.coordinators])
      wrong.push(
        `--- slot ${slot}, ${what.join(', ') || 'undisturbed'}:\n${(end?.text ?? '').slice(0, 4000)}`,
      );
  }
  return { wrong, ...counts };
}

/** What is wrong with the store, the run directories and Redis when all processes have ended. */
async function wrongInTheEnd({ store, watch, cluster, redis, coordinators, content }) {
  const wrong = [];
  const all = await StoredExperiment.all(store);
  if (all.length !== 1) return [`${all.length} experiments in the store`];
  const [stored] = all;
  const lives = new Map(cluster.workers.map((life) => [life.process.pid, life]));
  for (const { id } of (await stored.plan()).folds) {
    const fold = stored.fold(id);
    const seen = {
      id,
      commit: await fold.result(),
      claims: watch.claims.get(id),
      duplicates: await fold.duplicates(),
    };
    wrong.push(...wrongFold(seen, lives));
    if ((await fold.failures()).length > 0) wrong.push(`${id}: an attempt counts as failed`);
    if (await fold.poisoned()) wrong.push(`${id}: counts as poisoned`);
  }
  for (let slot = 0; slot < coordinators; slot++) {
    const out = cluster.outOf(slot);
    const own = runContent(out);
    for (const [name, bytes] of content) {
      if (!own.get(name)?.equals(bytes)) wrong.push(`${out}: different bits: ${name}`);
    }
    for (const name of leftOver(out)) wrong.push(`${out}: left behind: ${name}`);
  }
  // Locks of killed workers expire.
  await sleep(600 * LOCK_TIME);
  for (const key of await redis.client.keys(`${PREFIX}:*:lock`)) wrong.push(`Redis: left behind: ${key}`);
  return wrong;
}

async function countStore(store, seen) {
  const count = {
    results: 0,
    duplicates: 0,
    claims: [...seen.values()].reduce((sum, own) => sum + own.size, 0),
  };
  for (const stored of await StoredExperiment.all(store)) {
    count.results += (await store.list(stored.key('commits/'))).length;
    count.duplicates += (await store.list(stored.key('duplicates/'))).length;
  }
  return count;
}
