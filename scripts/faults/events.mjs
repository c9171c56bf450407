// The table of events: what can go wrong while workers train the folds of a queue. Fields of an event:
//
//     share          weight with which the event is drawn
//     needs          returns whether the machine supports it; default: every machine does
//     happen(scene)  does it, and undoes what passes; returns false if it was too late or there was nothing to disturb
//
// A scene has the cluster, Redis, the place of the store and the store itself, the files of a local run's folds, and `random`.
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { PREFIX } from '../../dist/queue/fold-queue.js';
import { collectGarbage } from '../../dist/queue/gc.js';
import { StoredExperiment } from '../../dist/queue/stored-experiment.js';
import { clearDisk, fillDisk, hasDisks } from '../crash/disk.mjs';
import { LOCK_TIME } from './cluster.mjs';

const HOUR = 3_600_000;
const LOCK = 1000 * LOCK_TIME;

/** A process of the list that runs and that no other event holds at present. */
function pick(list, { random }) {
  const free = list.filter((life) => life.runs && !life.held && !life.asked);
  return free.length > 0 ? free[random.below(free.length)] : null;
}

/** Notes the event with a process, and acts on it; no other event happens to it meanwhile. */
async function on(life, kind, act) {
  if (!life) return false;
  life.done.push(kind);
  life.held = true;
  try {
    await act(life);
  } finally {
    life.held = false;
  }
  return true;
}

/**
 * The experiment's queue, while `work` uses it; undefined if there is no experiment yet.
 * @template T
 * @param {{ redis: { client: import('ioredis').Redis }, store: import('../../dist/queue/stores/object-store.js').ObjectStore }} scene
 * @param {(queue: Queue, stored: StoredExperiment) => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
async function withQueue({ redis, store }, work) {
  const [stored] = await StoredExperiment.all(store);
  if (!stored) return undefined;
  const queue = new Queue(`folds-${stored.id}`, { connection: redis.client, prefix: PREFIX });
  queue.on('error', () => {});
  try {
    return await work(queue, stored);
  } finally {
    await queue.close();
  }
}

/** Events that let Redis lose what it knows do not overlap. */
let redisIsHeld = /** @type {Promise<unknown>} */ (Promise.resolve());
/**
 * @template T
 * @param {() => Promise<T>} work
 */
function holdingRedis(work) {
  const mine = redisIsHeld.then(work);
  redisIsHeld = mine.catch(() => {});
  return mine;
}

/** A process whose folder does not do what it should, for a moment. */
function disturbOne(scene) {
  const { cluster, random } = scene;
  return on(pick([...cluster.workers, ...cluster.coordinators], scene), 'store', async (life) => {
    life.tell({ slow: 20 + random.below(300), failing: 0.1, lost: 0.1 });
    await sleep(500 + random.below(3000));
    life.tell({ slow: 0, failing: 0, lost: 0 });
  });
}

/** A service that does not do what it should, for a moment. */
async function disturbAll({ cluster, place, random }) {
  for (const life of cluster.workers.filter(({ runs }) => runs)) life.done.push('store');
  place.disturb({ slow: 20 + random.below(300) });
  await sleep(500 + random.below(3000));
  place.disturb({ slow: 0 });
  return true;
}

let copies = 0;

export const EVENTS = {
  'worker killed (SIGKILL)': {
    share: 4,
    happen: (scene) =>
      on(pick(scene.cluster.workers, scene), 'killed', (life) => life.process.kill('SIGKILL')),
  },
  'worker ended (SIGTERM)': {
    share: 2,
    happen: (scene) =>
      on(pick(scene.cluster.workers, scene), 'asked to end', (life) => {
        life.asked = Date.now();
        life.process.kill('SIGTERM');
      }),
  },
  'worker paused past its lock (SIGSTOP)': {
    share: 4,
    happen: (scene) =>
      on(pick(scene.cluster.workers, scene), 'paused', async (life) => {
        life.process.kill('SIGSTOP');
        await sleep(LOCK + scene.random.below(LOCK));
        life.process.kill('SIGCONT');
      }),
  },
  'clock of a worker jumps': {
    share: 2,
    happen: (scene) =>
      on(pick(scene.cluster.workers, scene), 'clock', (life) =>
        life.tell({ clock: (scene.random.below(2) === 0 ? -1 : 1) * (1 + scene.random.below(12)) * HOUR }),
      ),
  },
  'disk of a worker full': {
    share: 2,
    needs: hasDisks,
    happen: (scene) =>
      on(pick(scene.cluster.workers, scene), 'disk full', async ({ slot }) => {
        const disk = scene.cluster.scratchOf(slot);
        fillDisk(disk, scene.random.below(100));
        await sleep(500 + scene.random.below(1500));
        clearDisk(disk);
      }),
  },
  'store slow, fails, loses answers': {
    share: 3,
    happen: (scene) => (scene.place.disturb ? disturbAll(scene) : disturbOne(scene)),
  },
  'Redis gone, comes back empty': {
    share: 2,
    happen: ({ redis, random }) =>
      holdingRedis(async () => {
        await redis.stop();
        await sleep(random.below(2) === 0 ? 0 : random.below(2 * LOCK));
        await redis.start();
        return true;
      }),
  },
  'Redis emptied (FLUSHALL)': {
    share: 2,
    happen: ({ redis }) =>
      holdingRedis(async () => {
        await redis.client.flushall();
        return true;
      }),
  },
  'locks deleted in Redis': {
    share: 2,
    happen: ({ redis }) =>
      holdingRedis(async () => {
        const locks = await redis.client.keys(`${PREFIX}:*:lock`);
        return locks.length > 0 && (await redis.client.del(...locks)) > 0;
      }),
  },
  'folds in training delivered twice': {
    share: 3,
    happen: (scene) =>
      holdingRedis(async () => {
        const again = await withQueue(scene, async (queue) => {
          const jobs = (await queue.getActive()).filter((job) => job?.data?.fold);
          const add = ({ name, data }) => queue.add(name, data, { jobId: `again-${copies++}`, lifo: true });
          await Promise.all(jobs.map(add));
          return jobs.length > 0;
        });
        return again ?? false;
      }),
  },
  'fold in training committed by another': {
    share: 2,
    async happen(scene) {
      const busy = await holdingRedis(() =>
        withQueue(scene, async (queue) => (await queue.getActive()).find((job) => job?.data?.fold)),
      );
      if (!busy) return false;
      const [stored] = await StoredExperiment.all(scene.store);
      const fold = stored.fold(busy.data.fold);
      if (await fold.result()) return false;
      const worker = { id: 'another', host: 'elsewhere', pid: process.pid };
      const token = await fold.claim(worker, 0);
      await fold.commit(worker, token, scene.resultOf(fold.id));
      return true;
    },
  },
  'coordinator killed': {
    share: 2,
    happen: (scene) =>
      on(pick(scene.cluster.coordinators, scene), 'killed', (life) => life.process.kill('SIGKILL')),
  },
  'garbage collected': {
    share: 1,
    async happen({ store }) {
      await collectGarbage(store);
      return true;
    },
  },
};
