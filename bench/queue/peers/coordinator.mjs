// Puts an experiment into the queue and writes its run directory as the results arrive, as `lexel loo --queue` does.
// `detach`: only the first.
import { Collector } from '../../../dist/queue/collector.js';
import { connectRedis, follow, openStore, submit } from '../../../dist/queue/index.js';
import { FolderStore } from '../../../dist/queue/stores/folder-store.js';
import { peakMemory } from '../../peers/serve.mjs';
import { now, ownOptions, tell } from '../lib/child.mjs';
import { Counters, STORE } from '../lib/counters.mjs';
import { beginRun } from '../lib/experiment.mjs';

const { dir, what, queue, store, detach } = ownOptions();
const experiment = await beginRun(dir, what);
const place = { redis: await connectRedis({ url: queue }), store: await openStore(store, { make: true }) };
const counters = new Counters();
counters.watch(FolderStore, STORE);
counters.watch(Collector, { collect: () => 0 });
const memoryBefore = process.memoryUsage().rss;
const before = process.cpuUsage();
const began = now();
const stored = await submit(place, dir, experiment);
const filled = now();
const filledAt = process.cpuUsage();
tell({ type: 'filled', experiment: stored.id, began, filled });
const outcome = detach ? null : await follow(place, stored, dir, experiment, {});
const seconds = ({ user, system }) => (user + system) / 1e6;
const [filling, following] = [seconds(filledAt) - seconds(before), seconds(process.cpuUsage(filledAt))];
tell({
  type: 'done',
  ...{ began, filled, ended: now(), filling, following, counts: counters.counts },
  ...{ memoryBefore, memory: peakMemory() },
  ...{ experiment: stored.id, folds: experiment.folds.map(({ id }) => id) },
  finished: outcome?.finished.length,
});
