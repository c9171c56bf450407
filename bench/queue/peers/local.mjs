// Trains folds with the local runner, as `lexel loo` does.
import { runFolds } from '../../../dist/crossval/index.js';
import { ownOptions, tell } from '../lib/child.mjs';
import { beginRun } from '../lib/experiment.mjs';
import { watchThreads } from '../lib/threads.mjs';

const { dir, what, cores } = ownOptions();
const experiment = await beginRun(dir, what);
const before = process.cpuUsage();
const beside = watchThreads();
const began = performance.now();
const { failed } = await runFolds(dir, experiment, { workers: cores, threads: 1 });
const seconds = (performance.now() - began) / 1000;
if (failed.length > 0) throw new Error(failed[0].message);
const { user, system } = process.cpuUsage(before);
const folds = experiment.folds.map(({ id }) => id);
tell({ type: 'done', seconds, processor: (user + system) / 1e6, beside: beside(), folds });
