/**
 * Writes a valid run directory with generated outputs, like that of a trained run, in milliseconds. Outputs
 * of held-out classes point to their word with strength `signal`, plus noise.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFoldOutputs } from '../../../src/crossval/fold-outputs.js';
import { foldFiles, type RunFile, writeRunFile } from '../../../src/crossval/run-file.js';
import { toHalf, writeNpy } from '../../../src/formats/index.js';
import type { EpochEvent } from '../../../src/train/index.js';
import { classMetrics, meanRow, prepareCandidates } from '../../../src/util/metrics.js';
import { deriveKey, Random } from '../../../src/util/random.js';

export interface FakeRunOptions {
  classes: string[];
  superclasses?: string[];
  superclassOf?: number[];
  /** Indices of the classes held out by each fold. */
  groups: number[][];
  protocol: string;
  dimension?: number;
  images?: number;
  epochs?: number;
  seed?: number;
  /** How far outputs move from μ towards the true vector. */
  signal?: number;
  noise?: number;
  /** float32 [classes, dimension]; random by default. */
  targets?: Float32Array;
  /** Seen test images kept individually, per class; 0 keeps none. */
  seenImages?: number;
  /** Number of folds that do not finish. */
  unfinished?: number;
}

export function fakeRun(dir: string, options: FakeRunOptions): RunFile {
  const { classes, groups, protocol } = options;
  const d = options.dimension ?? 12;
  const n = options.images ?? 20;
  const epochs = options.epochs ?? 5;
  const seed = options.seed ?? 1;
  const random = new Random(deriveKey(seed, 'fake-run'));
  const targets =
    options.targets ?? Float32Array.from({ length: classes.length * d }, () => 0.3 + 0.45 * random.normal());
  const run: RunFile = {
    format: 'lexel-run',
    version: 2,
    created: '2026-01-01T12:00:00.000Z',
    lexel: '0.1.0',
    node: 'v20.19.0',
    cpu: 'A processor with a name',
    backend: 'native',
    isa: 'avx2',
    build: '0123456789abcdef',
    command: `lexel loo --data cifar-100 --words glove --epochs ${epochs} --out runs/fake`,
    protocol,
    seed,
    recipe: 'poster',
    preset: 'adamw',
    normalisation: 'fold',
    config: {
      data: 'cifar-100',
      words: 'glove',
      wordsDimension: d,
      size: 32,
      net: 'lite',
      width: 1,
      depth: 1,
      epochs,
      batch: 128,
      limit: null,
      learningRate: 0.002,
      weightDecay: 0.02,
      warmup: 1,
      schedule: 'cosine',
      loss: 'mse',
      optimizer: 'adamw',
      augment: { crop: 4, flip: true, cutout: 0, cutmix: 0 },
      clip: 1,
      ema: 0,
      balanced: false,
      init: 'default',
      keepOutputs: 'held-out',
    },
    dataset: {
      name: 'cifar-100',
      hash: '0123456789abcdef',
      orderedHash: '0123456789abcdef',
      size: 32,
      classes,
      superclasses: options.superclasses ?? [],
      superclassOf: options.superclassOf ?? [],
      trainCount: 50000,
      testCount: n * classes.length,
    },
    words: {
      source: 'glove.6B.100d.txt',
      checksum: 'fedcba9876543210',
      dimension: d,
      labels: classes.map((label) => ({
        label,
        words: label.split('_'),
        via: label.includes('_') ? ('mean' as const) : ('exact' as const),
      })),
    },
    folds: groups.map((heldOut, i) => ({
      id: protocol === 'loo' ? classes[heldOut[0]] : `rotation-${i}`,
      heldOut,
    })),
  };
  mkdirSync(join(dir, 'folds'), { recursive: true });
  writeRunFile(dir, run);
  writeNpy(join(dir, 'targets.npy'), [classes.length, d], targets);
  const finished = groups.length - (options.unfinished ?? 0);
  for (const [f, fold] of run.folds.entries()) {
    writeFold(dir, run, targets, fold, { n, random, finished: f < finished, options });
  }
  return run;
}

function writeFold(
  dir: string,
  run: RunFile,
  targets: Float32Array,
  fold: RunFile['folds'][number],
  { n, random, finished, options }: { n: number; random: Random; finished: boolean; options: FakeRunOptions },
): void {
  const d = run.words.dimension;
  const { epochs } = run.config;
  const { log, outputs } = foldFiles(dir, fold.id);
  const seen = run.dataset.classes.map((_, c) => c).filter((c) => !fold.heldOut.includes(c));
  const mu = meanRow(targets, d, seen);
  const candidates = prepareCandidates(targets, mu);
  const append = (line: object) => appendFileSync(log, `${JSON.stringify(line)}\n`);
  const time = '2026-01-01T12:00:00.000Z';
  append({
    type: 'start',
    version: 2,
    fold: fold.id,
    heldOut: fold.heldOut,
    trainImages: 49000,
    droppedDuplicates: 1,
    steps: 100,
    parameters: 123456,
    time,
  });
  // Classes differ: some improve, some get worse.
  const talents = fold.heldOut.map(() => (options.signal ?? 0.5) * (1 + 0.8 * random.normal()));
  const outputsAt = (epoch: number) => {
    const share = 1 - Math.exp(-epoch / 4);
    return fold.heldOut.map((c, i) =>
      Float32Array.from({ length: n * d }, (_, k) => {
        const j = k % d;
        const noise = (options.noise ?? 0.3) * share * random.normal();
        return share * (mu[j] + talents[i] * share * (targets[c * d + j] - mu[j])) + noise;
      }),
    );
  };
  const kept: Float32Array[][] = [];
  const until = finished ? epochs : Math.min(1, epochs);
  for (let epoch = 0; epoch <= until; epoch++) {
    const now = outputsAt(epoch);
    if (epoch <= 1 || epoch === epochs) kept.push(now);
    const classes = fold.heldOut.map((c, i) => ({
      class: c,
      ...classMetrics(now[i], targets.subarray(c * d, (c + 1) * d), c, candidates),
    }));
    const { class: _, ...first } = classes[0];
    const line: EpochEvent = {
      type: 'epoch',
      fold: fold.id,
      epoch,
      trainLoss: epoch === 0 ? null : 0.3 / epoch,
      learningRate: 0.002,
      seconds: 10,
      images: 49000,
      heldOut: first,
      classes,
    };
    append(line);
  }
  if (!finished) return;
  const join2 = (parts: Float32Array[]) => {
    const all = new Float32Array(parts.length * n * d);
    for (const [i, part] of parts.entries()) all.set(part, i * n * d);
    return all;
  };
  const seenImages = (each: number) => ({
    ids: Int32Array.from({ length: seen.length * each }, (_, i) => i),
    labels: Int32Array.from({ length: seen.length * each }, (_, i) => seen[Math.floor(i / each)]),
    outputs: toHalf(
      Float32Array.from({ length: seen.length * each * d }, (_, k) => {
        const at = seen[Math.floor(k / d / each)] * d + (k % d);
        return mu[k % d] + 0.8 * (targets[at] - mu[k % d]) + 0.2 * random.normal();
      }),
    ),
  });
  const count = fold.heldOut.length * n;
  writeFoldOutputs(outputs, {
    dimension: d,
    heldOut: {
      ids: Int32Array.from({ length: count }, (_, i) => i),
      labels: Int32Array.from({ length: count }, (_, i) => fold.heldOut[Math.floor(i / n)]),
      epoch0: join2(kept[0]),
      epoch1: join2(kept[Math.min(1, kept.length - 1)]),
      last: join2(kept.at(-1)!),
    },
    seen: {
      classes: Int32Array.from(seen),
      means: Float32Array.from({ length: seen.length * d }, (_, k) => {
        const at = seen[Math.floor(k / d)] * d + (k % d);
        return mu[k % d] + 0.8 * (targets[at] - mu[k % d]) + 0.05 * random.normal();
      }),
    },
    ...(options.seenImages && { seenImages: seenImages(options.seenImages) }),
    metadata: { fold: fold.id, seed: String(run.seed) },
  });
  append({ type: 'end', fold: fold.id, epochs, seconds: 260, imagesPerSecond: 4800, time });
}

/** 100 labels and superclasses in the structure of CIFAR-100. */
export function hundredLabels(): { classes: string[]; superclasses: string[]; superclassOf: number[] } {
  const superclasses = Array.from({ length: 20 }, (_, s) => `superclass_${s}`);
  const stems = ['apple', 'aquarium_fish', 'bus', 'caterpillar', 'lawn_mower'];
  const classes: string[] = [];
  const superclassOf: number[] = [];
  for (let s = 0; s < 20; s++) {
    for (const stem of stems) {
      classes.push(s === 0 ? stem : `${stem}_${s}`);
      superclassOf.push(s);
    }
  }
  return { classes, superclasses, superclassOf };
}

/** As many rotations as a superclass has classes: rotation r holds out the r-th class of each superclass. */
export function rotations(superclassOf: number[]): number[][] {
  const members = Array.from({ length: Math.max(...superclassOf) + 1 }, (_, s) =>
    superclassOf.flatMap((of, c) => (of === s ? [c] : [])),
  );
  return members[0].map((_, r) => members.map((own) => own[r]));
}
