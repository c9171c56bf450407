// Readers of run directories (one reader per damaged file), and of single outputs, records, summaries and locks.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { readFoldOutputs } from '../../../dist/crossval/fold-outputs.js';
import { takeLocks } from '../../../dist/crossval/lock.js';
import { readRecordFile } from '../../../dist/crossval/record-file.js';
import { readRun } from '../../../dist/crossval/run-file.js';
import { targetsId } from '../../../dist/crossval/targets-file.js';
import { readNpy } from '../../../dist/formats/index.js';
import { readSummary, summarise } from '../../../dist/statistics/index.js';
import { loadRun } from '../../../dist/statistics/load.js';
import { JSON_FILE, JSON_LINES } from '../codecs/plain.mjs';
import { hasChecksum, NPY, RECORD, SAFETENSORS } from '../codecs/tensors.mjs';
import { writeRun } from '../run-seed.mjs';
import { NPY_HEADER, TENSOR_HEADER } from './tensors.mjs';

/** Runs by folder and seed, each written once. A reader has a run of its own and damages one file in it. */
const runs = new Map();
const runOf = (dir, seed) => {
  const key = `${dir}/${seed}`;
  if (!runs.has(key)) runs.set(key, writeRun(key, seed));
  return runs.get(key);
};

/**
 * The reader of one file within a complete run.
 * @param which the file to damage: a key of what {@link writeRun} returns
 * @param from the directory to read: 'run' or 'kept'
 * @param read called with that directory
 */
const ofRun = (which, from, codec, outer, read) => ({
  file: 'x',
  write: (file, seed, dir) => copyFileSync(runOf(dir, seed)[which], file),
  /** Puts the damaged file at its path within the run. */
  place: (dir) => runOf(dir, 1)[which],
  codec,
  outer,
  names: /run|kept/,
  read: (_file, { dir }) => read(runOf(dir, 1)[from]),
});

/** The identifier that run.json would hold for these vectors; zeros if the file is unreadable. */
function idOf(file) {
  try {
    return targetsId(readNpy(file).data);
  } catch {
    return '0'.repeat(16);
  }
}

const NOT_JSON = [/is not JSON/];

const data = ({ run, folds, unusable }) => [
  run,
  folds.map(({ mu, seen, answers, measures }) => [
    mu,
    seen,
    answers && [answers.heldOut, answers.seenMeans],
    measures,
  ]),
  unusable,
];

export const RUN_READERS = {
  'run.json': ofRun('runFile', 'run', JSON_FILE, NOT_JSON, readRun),
  'fold log': ofRun('log', 'run', JSON_LINES, NOT_JSON, readRun),
  'targets.npy': {
    ...ofRun('targets', 'run', NPY, [...NPY_HEADER, /holds other vectors/], readRun),
    checked: () => true,
    read(_file, { dir, isSealed }) {
      const { run, runFile, targets } = runOf(dir, 1);
      const whole = readFileSync(runFile, 'utf8');
      if (isSealed)
        writeFileSync(runFile, whole.replace(/"targets": "\w+"/, `"targets": "${idOf(targets)}"`));
      try {
        return readRun(run).targets;
      } finally {
        writeFileSync(runFile, whole);
      }
    },
  },
  outputs: {
    ...ofRun('outputs', 'run', SAFETENSORS, TENSOR_HEADER, (dir) => data(loadRun(dir))),
    checked: hasChecksum,
  },
  'outputs, alone': {
    file: 'x.outputs.safetensors',
    write: (file, seed, dir) => copyFileSync(runOf(dir, seed).outputs, file),
    codec: SAFETENSORS,
    checked: hasChecksum,
    outer: TENSOR_HEADER,
    read: (file) => readFoldOutputs(file),
  },
  'kept run.json': ofRun('keptRunFile', 'kept', JSON_FILE, NOT_JSON, (dir) => data(loadRun(dir))),
  record: {
    ...ofRun('record', 'kept', RECORD, [/is damaged/, ...TENSOR_HEADER], (dir) => data(loadRun(dir))),
    checked: () => true,
  },
  'record, alone': {
    file: 'x.record.safetensors.br',
    write: (file, seed, dir) => copyFileSync(runOf(dir, seed).record, file),
    codec: RECORD,
    checked: () => true,
    outer: [/is damaged/, ...TENSOR_HEADER],
    read: (file) => readRecordFile(file),
  },
  'summary.json': {
    file: 'summary.json',
    write: (file, seed, dir) =>
      writeFileSync(
        file,
        JSON.stringify(summarise(loadRun(runOf(dir, seed).run), { permutations: 20, resamples: 20 })),
      ),
    codec: JSON_FILE,
    outer: NOT_JSON,
    read: (file) => readSummary(file),
  },
  lock: {
    fresh: true,
    file: 'x.lock',
    write(file, seed) {
      const process = { pid: 4_000_000 + seed, began: seed === 1 ? null : '12' };
      const holder = {
        ...process,
        host: hostname(),
        since: '2026-01-01T00:00:00Z',
        id: 'abc',
        paused: [process],
      };
      writeFileSync(file, `${JSON.stringify(holder)}\n`);
    },
    codec: JSON_FILE,
    outer: [/it is not JSON/, /it is empty/],
    read(file) {
      takeLocks([{ file, what: file }])(file);
      rmSync(file, { force: true });
    },
  },
};
