import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { aggregate } from '../../src/statistics/aggregate.js';
import { answer } from '../../src/statistics/evidence/answer.js';
import {
  bootstrap,
  Column,
  drawUnits,
  meanInterval,
  percentileInterval,
} from '../../src/statistics/evidence/bootstrap.js';
import { spearman } from '../../src/statistics/evidence/correlation.js';
import { runStatistics } from '../../src/statistics/evidence/draw-statistics.js';
import { holm, signFlip } from '../../src/statistics/evidence/paired-test.js';
import { type Relatives, whyClassesDiffer } from '../../src/statistics/evidence/relatives.js';
import { startPoint } from '../../src/statistics/evidence/start-variance.js';
import { resamplingUnits } from '../../src/statistics/evidence/units.js';
import { untrainedControls } from '../../src/statistics/evidence/untrained.js';
import { answersOf, loadRun } from '../../src/statistics/load.js';
import { measureRun } from '../../src/statistics/measure-run.js';
import { STATISTICS } from '../../src/statistics/measures.js';
import { summarise } from '../../src/statistics/summary.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { naiveAnswer, naiveQuantile, naiveSpearman, rows } from './naive.js';
import { fakeRun, hundredLabels, rotations } from './support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-evidence-'));
afterAll(() => rmSync(root, { recursive: true }));
const labels = hundredLabels();
const group = join(root, 'group');
fakeRun(group, {
  ...labels,
  groups: rotations(labels.superclassOf),
  protocol: 'one-per-superclass',
  epochs: 6,
});
const data = loadRun(group);
const summary = summarise(data, { permutations: 20, resamples: 400 });
const tables = measureRun(data).tables;
const entries = tables.flatMap(({ own }) => own);
const units = resamplingUnits(entries, labels.superclassOf);
const each = (of: number[]) => ({ by: 'class' as const, of, count: new Set(of).size });
const number = fc.double({ min: -100, max: 100, noNaN: true });

describe('Spearman', () => {
  test('IQ and hours of television, the example of Wikipedia', () => {
    const iq = [106, 86, 100, 101, 99, 103, 97, 113, 112, 110];
    const hours = [7, 0, 27, 50, 28, 29, 20, 12, 6, 17];
    const found = spearman(iq, hours)!;
    expect(found.rho).toBeCloseTo(-29 / 165, 12);
    expect(found.p).toBeCloseTo(0.627188, 6);
    // tanh(atanh r ± 1.95996 √((1 + r²/2)/7)), computed independently.
    expect(found.interval!.low).toBeCloseTo(-0.72783, 5);
    expect(found.interval!.high).toBeCloseTo(0.514547, 5);
  });

  test('agrees with counting, including ties; constant values give null', () => {
    const few = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(few, number), { minLength: 4, maxLength: 30 }), (pairs) => {
        const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const found = spearman(x, y);
        // The result of expect() is not returned, because fast-check takes false for a failed property.
        if (new Set(x).size === 1 || new Set(y).size === 1) expect(found).toBeNull();
        else expect(found!.rho).toBeCloseTo(naiveSpearman(x, y), 10);
      }),
      { numRuns: 100 },
    );
    expect(spearman([4, 4, 4, 4], [1, 2, 3, 4])).toBeNull();
    expect(spearman([3, 3, 3, 0], [0, -0, 0, 0])).toBeNull();
    expect(spearman([1, 2, 3, 4], [2, 4, 6, 9])).toMatchObject({ rho: 1, p: 0, interval: null });
  });
});

describe('bootstrap', () => {
  test('a column has the order statistics of the drawn list', () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 40 }), fc.nat(), (values, seed) => {
        const draw = new Int32Array(values.length);
        drawUnits(new Random(deriveKey(seed, 'test')), draw);
        const list = values.flatMap((value, i) => Array.from({ length: draw[i] }, () => value));
        const column = new Column(values);
        expect(column.mean(draw)).toBeCloseTo(list.reduce((a, b) => a + b, 0) / list.length, 8);
        for (const p of [0, 0.25, 0.5, 0.75, 1])
          expect(column.quantile(draw, p)).toBeCloseTo(naiveQuantile(list, p), 8);
        expect(column.below(draw, 0)).toBeCloseTo(
          (list.filter((v) => v < 0).length / list.length) * values.length,
          10,
        );
      }),
    );
  });

  test('each class once gives the numbers of the run; a draw gives those of the drawn classes', () => {
    const curves = entries.map(() => null);
    const statistics = runStatistics(entries, curves);
    const once = new Int32Array(entries.length).fill(1);
    const own = aggregate(entries);
    for (const name of STATISTICS) expect(statistics[name](once), name).toBeCloseTo(own[name]!, 10);
    const { change, beatMeanVector } = summary;
    expect(statistics['initial.improved'](once)).toBe(change.initial.improved);
    expect(statistics['zero.median'](once)).toBe(change.zero.median);
    expect(statistics).not.toHaveProperty(['firstEpoch.worst']);
    expect(statistics.beatMeanVector(once)).toBe(beatMeanVector);
    const draw = new Int32Array(entries.length);
    drawUnits(new Random(deriveKey(3, 'test')), draw);
    const drawn = aggregate(entries.flatMap((entry, i) => Array.from({ length: draw[i] }, () => entry)));
    for (const name of STATISTICS) expect(statistics[name](draw), name).toBeCloseTo(drawn[name]!, 10);
  });

  test('the interval of a mean is as wide as theory says', () => {
    const random = new Random(deriveKey(1, 'values'));
    const values = Array.from({ length: 100 }, () => 2 + random.normal());
    const { low, high } = meanInterval(values, each([...values.keys()]), { seed: 1, resamples: 4000 })!;
    const m = values.reduce((a, b) => a + b, 0) / 100;
    const half = 1.96 * Math.sqrt(values.reduce((a, b) => a + (b - m) ** 2, 0) / 100 / 100);
    expect(low).toBeCloseTo(m - half, 1.5);
    expect(high).toBeCloseTo(m + half, 1.5);
  });

  test('classes of one unit are drawn together; equal seeds, equal intervals', () => {
    const column = new Column([1, 1, 5, 5]);
    const statistics = {
      mean: (draw: Int32Array) => column.mean(draw),
      pairs: (draw: Int32Array) => draw[0] - draw[1],
    };
    const found = bootstrap(each([0, 0, 1, 1]), statistics, { seed: 1, resamples: 300 });
    expect(found.pairs).toEqual({ low: 0, high: 0 });
    expect(found.mean).toEqual({ low: 1, high: 5 });
    expect(bootstrap(each([0, 0, 1, 1]), statistics, { seed: 1, resamples: 300 })).toEqual(found);
    const draws = vi.fn(() => 1);
    expect(bootstrap(each([0, 0]), { mean: draws }, { seed: 1, resamples: 5 })).toEqual({ mean: null });
    expect(draws).not.toHaveBeenCalled();
    expect(percentileInterval(Float64Array.of(1, Number.NaN))).toBeNull();
  });

  test('the intervals of a run contain its numbers and are in summary.json', () => {
    const { of: intervals, resamples } = summary.intervals;
    expect(resamples).toBe(400);
    for (const name of STATISTICS.filter((name) => summary.headline[name].value !== null)) {
      const { low, high } = intervals[name]!;
      const value = summary.headline[name].value!;
      expect(low, name).toBeLessThanOrEqual(value);
      expect(high, name).toBeGreaterThanOrEqual(value);
      expect(high - low, name).toBeGreaterThan(0);
    }
    expect(intervals).not.toHaveProperty(['initial.best']);
    expect(summary.intervals).toMatchObject({ by: 'superclass', units: 20 });
    expect(intervals.flatAfter!.high).toBeLessThanOrEqual(6);
  });
});

describe('significance tests of a run', () => {
  test('LE against L0 and Lm, calibrated skill against 0, corrected together', () => {
    const test = (of: (c: (typeof summary.classes)[number]) => number) =>
      signFlip(summary.classes.map(of), units, data.run.run.seed);
    expect(summary.tests.map((t) => t.test)).toEqual([
      test((c) => c.initialLoss - c.finalLoss),
      test((c) => c.meanVectorLoss - c.finalLoss),
      test((c) => c.calibratedSkill!),
    ]);
    expect(summary.tests[0].mean).toBeCloseTo(
      summary.classes.reduce((sum, c) => sum + c.initialLoss - c.finalLoss, 0) / 100,
      10,
    );
    expect(summary.tests[0].test).toMatchObject({ units: 20, differing: 20, exact: true });
    expect(summary.tests.map((t) => t.pHolm)).toEqual(holm(summary.tests.map((t) => t.test!.p)));
  });

  test('outliers by Tukey’s fences, and classes at the quartiles', () => {
    const changes = summary.classes.map((c) => c.change.initial);
    const [q1, q3] = [naiveQuantile(changes, 0.25), naiveQuantile(changes, 0.75)];
    expect(summary.outliers.low).toBeCloseTo(q1 - 1.5 * (q3 - q1), 12);
    expect(summary.outliers.classes.map((c) => c.label).sort()).toEqual(
      summary.classes
        .filter((c) => c.change.initial < q1 - 1.5 * (q3 - q1) || c.change.initial > q3 + 1.5 * (q3 - q1))
        .map((c) => c.label)
        .sort(),
    );
    const sorted = [...changes].sort((a, b) => a - b);
    expect(summary.quartileClasses.map(({ rank, change }) => [rank, change])).toEqual([
      [25, sorted[24]],
      [75, sorted[74]],
    ]);
    expect(summary.stillImprovingLabels.length).toBe(summary.curve.stillImproving);
  });
});

describe('controls without training', () => {
  const [t, superclassOf] = [
    [0, 0, 3, 0, 1, 1, 5, 5, 2, 2],
    [0, 0, 0, 1, 1],
  ];
  const targets = Float32Array.from(t);
  const fold = {
    targets,
    // Seen classes: 0, 1 and 3; this is their mean.
    mu: Float64Array.of((0 + 3 + 5) / 3, (0 + 0 + 5) / 3),
    seen: [0, 1, 3],
    heldOut: [
      { index: 2, initialLoss: 4, nearestSeen: 0 },
      { index: 4, initialLoss: 2, nearestSeen: 1 },
    ],
  };

  test('by hand', () => {
    const found = Object.fromEntries(untrainedControls([fold], superclassOf).map((r) => [r.control, r]));
    const vectors = rows(targets, 2);
    const mu = [...fold.mu];
    const expected = (answers: number[][]) =>
      fold.heldOut.map(({ index, initialLoss }, i) =>
        naiveAnswer(answers[i], vectors[index], mu, initialLoss),
      );
    const check = (control: string, answers: number[][]) => {
      const [a, b] = expected(answers);
      expect(found[control].medianChange).toBeCloseTo((a.change + b.change) / 2, 10);
      expect(found[control].skill).toBeCloseTo((a.skill + b.skill) / 2, 10);
      if (control !== 'meanVector')
        expect(found[control].centredCosine).toBeCloseTo((a.cosine + b.cosine) / 2, 10);
      expect(found[control].improved).toBe([a, b].filter((x) => x.change < 0).length);
    };
    check('zero', [
      [0, 0],
      [0, 0],
    ]);
    check('meanVector', [mu, mu]);
    check('nearestSeen', [
      [0, 0],
      [3, 0],
    ]);
    check('superclassMean', [
      [1.5, 0],
      [5, 5],
    ]);
    expect(found.meanVector).toMatchObject({ skill: 0, rank: null, hit5: null, centredCosine: null });
  });

  test('a data set without superclasses has no superclass control', () => {
    expect(untrainedControls([fold], []).map((r) => r.control)).toEqual([
      'zero',
      'meanVector',
      'nearestSeen',
    ]);
  });
});

describe('the mean vector by the variance at the start', () => {
  test('is (Lm − Lz − v) / (Lz + v)', () => {
    const classes = [1, 2, 4].map((zeroLoss) => ({ zeroLoss, meanVectorLoss: 1.5 }));
    expect(startPoint(classes, 0)).toEqual({ variance: 0, median: -0.25, improved: 2, worst: 0.5 });
    expect(startPoint(classes, 1)).toEqual({ variance: 1, median: -0.5, improved: 3, worst: -0.25 });
  });

  test('the variance of a run is the mean square of its untrained outputs', () => {
    const squares = data.folds.flatMap((f) =>
      answersOf(f).heldOut.flatMap((h) => [...h.epoch0].map((x) => x * x)),
    );
    expect(summary.start.own).toBeCloseTo(squares.reduce((a, b) => a + b, 0) / squares.length, 12);
    expect(summary.start.curve[0].median).toBeCloseTo(summary.meanVectorChange.zero.median, 12);
    expect(summary.start.curve.at(-1)!.variance).toBeGreaterThan(summary.start.own);
  });
});

describe('why classes differ', () => {
  test('nearest labels, siblings, and correlations with and without multi-word labels', () => {
    const vectors = rows(data.run.targets, data.dimension);
    const cosine = (a: number[], b: number[]) => {
      const dot = (x: number[], y: number[]) => x.reduce((s, v, j) => s + v * y[j], 0);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const { classes, correlations, superclasses } = summary.why;
    for (const [i, c] of classes.entries()) {
      const { fold, class: index } = summary.classes[i];
      const { heldOut } = data.folds.find((f) => f.record.id === fold)!.record;
      const cosines = vectors
        .flatMap((v, k) => (heldOut.includes(k) ? [] : [cosine(v, vectors[index])]))
        .sort((a, b) => b - a);
      expect(c.nearest).toBeCloseTo(cosines[0], 10);
      expect(c.nearestFive).toBeCloseTo(cosines.slice(0, 5).reduce((a, b) => a + b, 0) / 5, 10);
      expect(c.siblings).toBe(4);
    }
    const row = (outcome: string, predictor: string) =>
      correlations.find((r) => r.outcome === outcome && r.predictor === predictor)!;
    const near = row('centredCosine', 'nearest');
    expect(near.all!.rho).toBeCloseTo(
      naiveSpearman(
        classes.map((c) => c.nearest),
        classes.map((c) => c.centredCosine),
      ),
      10,
    );
    expect(near.singleWord!.n).toBe(classes.filter((c) => !/_/.test(c.label)).length);
    expect(row('gain', 'siblings')).toMatchObject({ all: null, why: '4 for every class: nothing varies' });
    expect(row('gain', 'meanVectorGain').all!.n).toBe(100);
    expect(superclasses.length).toBe(20);
    expect(superclasses[0].centredCosine).toBeGreaterThan(superclasses[19].centredCosine);
  });

  test('a class held out twice counts once', () => {
    const entry = (label: string, gain: number): Relatives => ({
      ...summary.why.classes[0],
      label,
      gain,
    });
    const { classes } = whyClassesDiffer([entry('a', 1), entry('b', 5), entry('a', 3)]);
    expect(classes.map((c) => [c.label, c.gain])).toEqual([
      ['a', 2],
      ['b', 5],
    ]);
  });
});

describe('the answer', () => {
  const own = {
    runs: 1,
    label: 'this run',
    meanChange: -0.4,
    meanVectorMeanChange: -0.3,
    calibratedSkill: 0.05,
  };
  const context = { interval: { low: 0.02, high: 0.08 }, permutationNull: null };

  test('splits the mean change into that of the mean vector and the rest', () => {
    const found = answer(own, context);
    expect(found.rest).toBeCloseTo(-0.1, 12);
    expect(found.shareBeyondMean).toBeCloseTo(0.25, 12);
    expect(found.sentences[0]).toMatch(
      /75 % of the gain is the centre of the space, and at most 25 % semantic/,
    );
    expect(found.sentences[1]).toMatch(/take away 5\.0 % of the loss.*the permuted control has to show/);
    const permutationNull = { mean: 0, low: -0.01, high: 0.01, p: 0.0005 };
    expect(answer(own, { ...context, permutationNull }).sentences[1]).toMatch(
      /leaves, and that is semantic transfer/,
    );
    expect(answer(own, { ...context, permutationNull: { ...permutationNull, p: 0.2 } }).sentences[1]).toMatch(
      /no semantic transfer/,
    );
    expect(answer(own, { interval: { low: -1, high: 1 }, permutationNull }).sentences[1]).toMatch(
      /not enough to lower/,
    );
    expect(summary.answer.rest).toBeCloseTo(
      summary.classes.reduce((s, c) => s + (c.finalLoss - c.meanVectorLoss) / c.initialLoss, 0) / 100,
      10,
    );
  });

  test('reports no gain, no remainder and no evidence', () => {
    expect(answer({ ...own, meanChange: 0.1 }, context).sentences[0]).toMatch(/no gain to divide/);
    expect(answer({ ...own, meanChange: -0.2 }, context).sentences[0]).toMatch(/none of the gain/);
    expect(answer(own, { interval: { low: -0.01, high: 0.1 }, permutationNull: null }).sentences[1]).toMatch(
      /no semantic transfer is shown/,
    );
    expect(answer({ ...own, calibratedSkill: null }, context).sentences[1]).toMatch(/n\/a/);
    const compared = answer(own, {
      ...context,
      control: {
        label: 'permuted',
        runs: 3,
        meanChange: -0.3,
        meanVectorMeanChange: -0.3,
        calibratedSkill: 0,
      },
    });
    expect(compared.sentences[2]).toMatch(
      /−30\.0 % on average \(the mean of 3 permutations\).*25 % of the gain is beyond it/,
    );
  });
});
