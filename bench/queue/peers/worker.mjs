// `lexel worker` with counters, until it is told to stop. With `noOp`, a folder with the files of a finished fold, it trains
// nothing: every fold gets these files.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { foldFiles } from '../../../dist/crossval/run-file.js';
import { writeFileAtomic } from '../../../dist/formats/atomic.js';
import { runQueueWorker } from '../../../dist/queue/index.js';
import { OpenExperiments } from '../../../dist/queue/open-experiments.js';
import { QueueClaim } from '../../../dist/queue/queue-claim.js';
import { QueueSource } from '../../../dist/queue/queue-source.js';
import { StoredFold } from '../../../dist/queue/stored-fold.js';
import { FolderStore } from '../../../dist/queue/stores/folder-store.js';
import { peakMemory } from '../../peers/serve.mjs';
import { now, ownOptions, tell } from '../lib/child.mjs';
import { Counters, STORE } from '../lib/counters.mjs';
import { watchThreads } from '../lib/threads.mjs';

const { noOp, ...options } = ownOptions();
const counters = new Counters();
counters.watch(FolderStore, STORE, 'store ');
counters.watch(StoredFold, { keepCheckpoint: (_t, _e, checkpoint, log) => checkpoint.length + log.length });
counters.watch(QueueSource, { begin: () => 0 });
counters.watch(QueueClaim, { commit: () => 0, release: () => 0 });

/** Resolution of the clock that watches the thread, in milliseconds: as much belongs to every delay. */
const RESOLUTION = 10;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
/** From the first fold that was handed out to the last one that was released. */
let [first, last] = [0, 0];
let [before, used] = [process.cpuUsage(), process.cpuUsage()];
/** Seconds of the threads that do not train. */
let [besideNow, beside] = [watchThreads(), 0];
/** @type {any} */
const source = QueueSource.prototype;
const { begin } = source;
source.begin = function (...args) {
  if (first === 0) {
    first = now();
    before = process.cpuUsage();
    besideNow = watchThreads();
    delay.enable();
  }
  return begin.apply(this, args);
};
const { release } = QueueClaim.prototype;
QueueClaim.prototype.release = async function (outcome) {
  await release.call(this, outcome);
  last = now();
  used = process.cpuUsage(before);
  beside = besideNow();
};

// The experiment is open from then on, and the worker asks for folds.
const { current } = OpenExperiments.prototype;
let ready = false;
OpenExperiments.prototype.current = async function () {
  const open = await current.call(this);
  if (!ready && open.length > 0) tell({ type: 'ready' });
  ready ||= open.length > 0;
  return open;
};

const stop = new AbortController();
process.on('message', () => stop.abort());
const { finished, mismatches, poisoned } = await runQueueWorker({
  ...options,
  signal: stop.signal,
  onLine(text) {
    if (text.startsWith('Not trained here')) throw new Error(text);
    tell({ type: 'line', at: now(), text });
  },
  ...(noOp && { train: nothing(noOp) }),
});
delay.disable();
tell({
  type: 'done',
  ...{ first, last, finished, mismatches, poisoned, memory: peakMemory() },
  processor: (used.user + used.system) / 1e6,
  beside,
  counts: counters.counts,
  delay: {
    p50: delay.percentile(50) / 1e6 - RESOLUTION,
    p999: delay.percentile(99.9) / 1e6 - RESOLUTION,
    longest: delay.max / 1e6 - RESOLUTION,
    samples: delay.count,
  },
});

/** @param {{ dir: string, fold: string }} template */
function nothing({ dir, fold }) {
  const files = foldFiles(dir, fold);
  const [outputs, model] = [readFileSync(files.outputs), readFileSync(files.model)];
  const lines = readFileSync(files.log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return async (claim) => {
    const own = foldFiles(claim.dir, claim.fold.id);
    const events = lines.map((line) => ({
      ...line,
      fold: claim.fold.id,
      ...(Array.isArray(line.heldOut) && { heldOut: claim.fold.heldOut }),
    }));
    writeFileAtomic(own.outputs, [outputs]);
    writeFileAtomic(own.model, [model]);
    writeFileAtomic(own.log, [events.map((event) => `${JSON.stringify(event)}\n`).join('')]);
    return { outcome: { type: 'finished' }, end: events.at(-1) };
  };
}
