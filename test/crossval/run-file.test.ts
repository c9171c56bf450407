import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFoldOutputs, writeFoldOutputs } from '../../src/crossval/fold-outputs.js';
import { foldFiles, halfLinesText, readRun, writeRunFile } from '../../src/crossval/run-file.js';
import { targetsId } from '../../src/crossval/targets-file.js';
import { readSafetensors, writeNpy, writeSafetensors } from '../../src/formats/index.js';
import { openModel } from '../../src/search/index.js';
import { FormatError, LexelError } from '../../src/util/errors.js';
import { fakeRun } from '../statistics/support/fake-run.js';

// biome-ignore lint/suspicious/noExplicitAny: these tests break the file's types on purpose
type Loose = Record<string, any>;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lexel-run-'));
  fakeRun(dir, {
    classes: ['bus', 'otter', 'oak', 'cup'],
    groups: [[0], [1], [3]],
    protocol: 'loo',
    unfinished: 1,
  });
});
afterEach(() => rmSync(dir, { recursive: true }));

function edit(change: (run: Loose) => void): void {
  const file = join(dir, 'run.json');
  const run = JSON.parse(readFileSync(file, 'utf8'));
  change(run);
  writeFileSync(file, JSON.stringify(run));
}

describe('run directory', () => {
  test('round trip, with finished and unfinished folds', () => {
    const { run, targets, folds } = readRun(dir);
    expect(run.dataset.classes).toEqual(['bus', 'otter', 'oak', 'cup']);
    expect(targets.length).toBe(4 * run.words.dimension);
    expect(folds.map((fold) => [fold.id, fold.finished, fold.epochs.length])).toEqual([
      ['bus', true, 6],
      ['otter', true, 6],
      ['cup', false, 2],
    ]);
  });

  test('a resumed fold: later lines replace earlier ones, lines after the resumed epoch are dropped, half a line is skipped', () => {
    const { log } = foldFiles(dir, 'cup');
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    const epoch1 = JSON.parse(lines[2]);
    appendFileSync(log, `${lines[2].slice(0, 40)}\n`);
    appendFileSync(log, `${JSON.stringify({ type: 'resume', fold: 'cup', epoch: 0, time: 'now' })}\n`);
    expect(readRun(dir).folds[2].epochs.map((line) => line.epoch)).toEqual([0]);
    appendFileSync(log, `${JSON.stringify({ ...epoch1, trainLoss: 0.125 })}\n`);
    const fold = readRun(dir).folds[2];
    expect(fold.epochs.map((line) => line.trainLoss)).toEqual([null, 0.125]);
    expect(fold.resumes.map(({ epoch }) => epoch)).toEqual([0]);
  });

  test('half-written lines of several killed processes are skipped and counted', () => {
    const { log } = foldFiles(dir, 'cup');
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    const resume = JSON.stringify({ type: 'resume', fold: 'cup', epoch: 0, time: 'now' });
    appendFileSync(log, `${lines[2].slice(0, 40)}\n${lines[2].slice(0, 9)}\n${'\0'.repeat(12)}\n${resume}\n`);
    const fold = readRun(dir).folds[2];
    expect(fold.epochs.map((line) => line.epoch)).toEqual([0]);
    expect(fold.halfLines).toEqual([4, 5, 6]);
    expect(halfLinesText(fold)).toBe(
      `${log}: lines 4, 5, 6 are half-written by a process that was killed, and skipped`,
    );
    // Also as the last line, and before a failure.
    appendFileSync(log, '{"type":"ep\n{"type"\n');
    expect(readRun(dir).folds[2].halfLines).toEqual([4, 5, 6, 8, 9]);
    const failed = { type: 'failed', fold: 'cup', message: 'the disk is full', time: 'now' };
    appendFileSync(log, `${JSON.stringify(failed)}\n`);
    expect(readRun(dir).folds[2].failed?.message).toBe('the disk is full');
    // An epoch cannot follow a half-written line, so the file is damaged.
    appendFileSync(log, `{"type":"ep\n{"ty\n${lines[2]}\n`);
    expect(() => readRun(dir)).toThrow(/cup\.jsonl: line 11 is not JSON/);
  });

  test('a failure counts until the fold is retried; events of later versions are skipped', () => {
    const { log } = foldFiles(dir, 'cup');
    const append = (event: object) => appendFileSync(log, `${JSON.stringify(event)}\n`);
    append({ type: 'failed', fold: 'cup', message: 'diverged', hint: 'lower --lr', time: 'now' });
    append({ type: 'weather', fold: 'cup', wind: { knots: 12 } });
    append({ type: 'weather' });
    expect(readRun(dir).folds[2]).toMatchObject({ finished: false, failed: { hint: 'lower --lr' } });
    append({ type: 'resume', fold: 'cup', epoch: 1, time: 'now' });
    expect(readRun(dir).folds[2].failed).toBeNull();
    expect(readRun(dir).folds[2].engines).toEqual([]);
    append({ fold: 'cup' });
    expect(() => readRun(dir)).toThrow(/cup\.jsonl: line 8: .*type/);
  });

  test('the distinct engines that trained a fold since its last start', () => {
    const { log } = foldFiles(dir, 'cup');
    const [first] = readFileSync(log, 'utf8').split('\n');
    const start = JSON.parse(first);
    const append = (event: object) => appendFileSync(log, `${JSON.stringify(event)}\n`);
    const engine = (build: string) => ({ backend: 'native', isa: 'avx2', build });
    const resume = (build: string) => ({
      type: 'resume',
      fold: 'cup',
      epoch: 0,
      time: 'now',
      engine: engine(build),
    });
    append({ ...start, engine: engine('a') });
    for (const build of ['a', 'b', 'a']) append(resume(build));
    expect(readRun(dir).folds[2].engines).toEqual([engine('a'), engine('b')]);
    append({ ...start, engine: engine('c') });
    expect(readRun(dir).folds[2].engines).toEqual([engine('c')]);
  });

  test('damage in the middle of a log is reported', () => {
    const { log } = foldFiles(dir, 'bus');
    const lines = readFileSync(log, 'utf8').split('\n');
    writeFileSync(log, [lines[0], lines[1].slice(0, 30), ...lines.slice(2)].join('\n'));
    expect(() => readRun(dir)).toThrow(/bus\.jsonl: line 2 is not JSON/);
    writeFileSync(log, [lines[0], lines[1].replace('"epoch":0', '"epoch":-1'), ...lines.slice(2)].join('\n'));
    expect(() => readRun(dir)).toThrow(/bus\.jsonl: line 2: .*epoch/);
    writeFileSync(log, lines.join('\n').replaceAll('"fold":"bus"', '"fold":"otter"'));
    expect(() => readRun(dir)).toThrow(/contains a line of fold "otter"/);
  });

  test.each<[string, (run: Loose) => void, RegExp]>([
    ['format', (run) => (run.format = 'other'), /format/],
    ['version', (run) => (run.version = 7), /version/],
    ['protocol', (run) => (run.protocol = 'holdout:0'), /protocol/],
    ['fold id', (run) => (run.folds[0].id = '../x'), /folds/],
    ['fold id twice', (run) => (run.folds[1].id = 'bus'), /two folds have the id "bus"/],
    ['held-out class', (run) => (run.folds[0].heldOut = [4]), /holds out class 4, but there are 4 classes/],
    ['held out twice', (run) => (run.folds[0].heldOut = [1, 1]), /lists a held-out class twice/],
    ['labels', (run) => run.words.labels.pop(), /4 classes but 3 words.labels/],
    [
      'superclasses',
      (run) => (run.dataset.superclassOf = [0, 0, 0, 0]),
      /contains 0, but there are 0 superclasses/,
    ],
    ['dimension', (run) => (run.words.dimension = 13), /targets\.npy: has shape \(4, 12\)/],
  ])('run.json with a wrong %s', (_, change, message) => {
    edit(change);
    expect(() => readRun(dir)).toThrow(FormatError);
    expect(() => readRun(dir)).toThrow(message);
  });

  test('keys of a later version are preserved, also if run.json is rewritten', () => {
    edit((run) => {
      for (const place of [run, run.config, run.dataset, run.words, run.folds[1]]) place.later = 'x';
      run.joined = [{ created: '', lexel: '', node: '', cpu: '', command: '', folds: [], later: 'x' }];
    });
    writeRunFile(dir, readRun(dir).run);
    const { run } = readRun(dir);
    const { config, dataset, words, folds, joined } = run;
    for (const place of [run, config, dataset, words, folds[1], joined![0]]) expect(place.later).toBe('x');
  });

  test('vectors with one flipped bit', () => {
    edit((run) => {
      run.targets = targetsId(readRun(dir).targets);
    });
    expect(readRun(dir).run.targets).toMatch(/^[0-9a-f]{16}$/);
    const file = join(dir, 'targets.npy');
    const bytes = readFileSync(file);
    bytes[bytes.length - 3] ^= 1;
    writeFileSync(file, bytes);
    expect(() => readRun(dir)).toThrow(`${file}: its content does not match the hash in run.json`);
  });

  test('a run of which only run.json and a table were kept', () => {
    const { command } = readRun(dir).run;
    rmSync(join(dir, 'targets.npy'));
    expect(() => readRun(dir)).toThrow(`${join(dir, 'targets.npy')}: is missing`);
    rmSync(join(dir, 'folds'), { recursive: true });
    const missing = 'not its folds (folds/) and target vectors (targets.npy)';
    expect(() => readRun(dir)).toThrow(`${dir}: keeps only run.json of the run, ${missing}`);
    writeFileSync(join(dir, 'classes.csv'), '');
    const table = `${dir}: keeps only run.json and the table classes.csv of the run, ${missing}`;
    expect(() => readRun(dir)).toThrow(table);
    expect(() => openModel(dir)).toThrow(table);
    try {
      readRun(dir);
    } catch (error) {
      expect((error as LexelError).code).toBe('LEXEL_NOT_FOUND');
      expect((error as LexelError).hint).toBe(
        `Use the run directory itself, or train it again: \`${command}\``,
      );
    }
  });

  test('not a run directory, not JSON, vectors that are not finite', () => {
    expect(() => readRun(tmpdir())).toThrow(LexelError);
    const { targets } = readRun(dir);
    targets[13] = Number.NaN;
    writeNpy(join(dir, 'targets.npy'), [4, 12], targets);
    expect(() => readRun(dir)).toThrow(/the vector of "otter" is not finite/);
    writeFileSync(join(dir, 'run.json'), '{');
    expect(() => readRun(dir)).toThrow(/run\.json: is not JSON/);
  });

  test('pipes instead of files are reported, without waiting for data', () => {
    const pipe = (file: string) => {
      rmSync(file);
      return spawnSync('mkfifo', [file]).status === 0;
    };
    const { log } = foldFiles(dir, 'cup');
    if (!pipe(log)) return console.warn('skipped: no mkfifo here');
    expect(() => readRun(dir)).toThrow(`${log}: is a pipe, not a file`);
    pipe(join(dir, 'run.json'));
    expect(() => readRun(dir)).toThrow(/run\.json: is a pipe, not a file/);
  });

  test('stored outputs: round trip, missing tensors, wrong shapes', () => {
    const { outputs: file } = foldFiles(dir, 'bus');
    const kept = readFoldOutputs(file);
    writeFoldOutputs(file, {
      ...kept,
      seenImages: { ids: Int32Array.of(3), labels: Int32Array.of(1), outputs: new Uint16Array(12) },
    });
    expect(readFoldOutputs(file).seenImages?.labels).toEqual(Int32Array.of(1));
    expect(readFoldOutputs(file).heldOut).toEqual(kept.heldOut);
    const features = {
      dimension: 2,
      trainMeans: new Float32Array(6).fill(1.5),
      trainCounts: Int32Array.of(1, 2, 3),
      heldOut: new Float32Array(40).fill(2.5),
      seenImages: new Uint16Array(2).fill(7),
    };
    const hashes = new Uint8Array(160).fill(9);
    writeFoldOutputs(file, {
      ...kept,
      heldOut: { ...kept.heldOut, hashes },
      seenImages: { ids: Int32Array.of(3), labels: Int32Array.of(1), outputs: new Uint16Array(12) },
      features,
    });
    expect(readFoldOutputs(file).features).toEqual(features);
    expect(readFoldOutputs(file).heldOut.hashes).toEqual(hashes);
    expect(readFoldOutputs(file).seenImages?.hashes).toBeUndefined();
    const { tensors, metadata } = readSafetensors(file);
    tensors.set('held_out.labels', { dtype: 'I32', shape: [1], data: Int32Array.of(0) });
    writeSafetensors(file, tensors, metadata);
    expect(() => readFoldOutputs(file)).toThrow(/"held_out\.labels" is I32 \[1\], should be I32 \[20\]/);
    writeSafetensors(file, tensors, { ...metadata, version: '3' });
    expect(() => readFoldOutputs(file)).toThrow(
      `${file}: has format version 3, but this Lexel reads versions up to 2`,
    );
    tensors.delete('held_out.labels');
    writeSafetensors(file, tensors, metadata);
    expect(() => readFoldOutputs(file)).toThrow(/lacks tensor "held_out\.labels"/);
  });
});
