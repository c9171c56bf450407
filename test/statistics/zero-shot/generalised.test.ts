import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  classWeights,
  joinRouted,
  namesPermuted,
  route,
  sweep,
  thin,
} from '../../../src/statistics/zero-shot/generalised.js';

/** Four images with hand-made scores; labels a, b are seen, c, d unseen. */
const HAND = {
  scores: [
    [0.9, 0.1, 0.6, 0.2], // a: right among the seen, gap 0.3
    [0.2, 0.8, 0.1, 0.3], // b: right, gap 0.5
    [0.7, 0.1, 0.6, 0.2], // c: right among the unseen, gap 0.1
    [0.4, 0.2, 0.8, 0.3], // d: c among the unseen, gap −0.4
  ],
  labels: [0, 1, 2, 3],
  seen: [0, 1],
};

type Case = typeof HAND;
const curveOf = ({ scores, labels, seen }: Case) => {
  const routed = route(Float64Array.from(scores.flat()), Int32Array.from(labels), Int32Array.from(seen));
  return sweep(routed, classWeights(routed));
};

/**
 * The definition: subtract γ from the seen labels' scores, take the best label, average by class, then by
 * side.
 */
function naiveAt({ scores, labels, seen }: Case, gamma: number): { seen: number; unseen: number } {
  const of = (side: boolean) => {
    const classes = [...new Set(labels)].filter((c) => seen.includes(c) === side);
    const right = classes.map((c) => {
      const own = scores.filter((_, i) => labels[i] === c);
      const shares = own.map((row) => {
        const moved = row.map((score, label) => (seen.includes(label) ? score - gamma : score));
        const best = moved.flatMap((score, label) => (score === Math.max(...moved) ? [label] : []));
        return best.includes(c) ? 1 / best.length : 0;
      });
      return shares.reduce((a, b) => a + b, 0) / shares.length;
    });
    return right.reduce((a, b) => a + b, 0) / right.length;
  };
  return { seen: of(true), unseen: of(false) };
}

/** Few distinct scores, all exact in binary, so that all kinds of ties occur. */
const anyCase = fc
  .record({ labels: fc.integer({ min: 2, max: 5 }), images: fc.integer({ min: 1, max: 12 }) })
  .chain(({ labels, images }) =>
    fc.record({
      seen: fc
        .subarray([...Array(labels).keys()], { minLength: 1, maxLength: labels - 1 })
        .map((list) => [...list]),
      scores: fc.array(
        fc.array(
          fc.integer({ min: -4, max: 4 }).map((x) => x / 4),
          { minLength: labels, maxLength: labels },
        ),
        { minLength: images, maxLength: images },
      ),
      labels: fc.array(fc.integer({ min: 0, max: labels - 1 }), { minLength: images, maxLength: images }),
    }),
  )
  .filter(
    ({ labels, seen }) => labels.some((c) => seen.includes(c)) && labels.some((c) => !seen.includes(c)),
  );

describe('calibrated stacking', () => {
  it('hand-made scores: steps, area and best harmonic mean', () => {
    const curve = curveOf(HAND);
    expect(curve.plain).toEqual({ seen: 1, unseen: 0, harmonic: 0 });
    const pairs = curve.points.map(({ unseen, seen }) => [unseen, seen]);
    expect(pairs).toEqual([
      [0, 1],
      [0.5, 1],
      [0.5, 0.5],
      [0.5, 0],
    ]);
    expect(curve.points[1].calibration).toBeCloseTo(0.2, 12);
    expect([curve.points[0].calibration, curve.points[3].calibration]).toEqual([null, null]);
    expect(curve.ausuc).toBe(0.5);
    expect(curve.best.harmonic).toBeCloseTo(2 / 3, 12);
  });

  it('equals trying every constant by brute force', () => {
    fc.assert(
      fc.property(anyCase, (given) => {
        const { scores, seen } = given;
        const best = (row: number[], side: boolean) =>
          Math.max(...row.filter((_, label) => seen.includes(label) === side));
        const gaps = [...new Set(scores.map((row) => best(row, true) - best(row, false)))].sort(
          (a, b) => a - b,
        );
        const between = gaps.slice(1).map((gap, i) => (gap + gaps[i]) / 2);
        const constants = [gaps[0] - 1, ...between, gaps[gaps.length - 1] + 1];
        const naive = constants.map((gamma) => naiveAt(given, gamma));
        const curve = curveOf(given);
        for (const point of naive) {
          expect(
            curve.points.some(
              (p) => Math.abs(p.seen - point.seen) < 1e-9 && Math.abs(p.unseen - point.unseen) < 1e-9,
            ),
          ).toBe(true);
        }
        let area = 0;
        for (let i = 1; i < naive.length; i++) {
          area += ((naive[i].unseen - naive[i - 1].unseen) * (naive[i].seen + naive[i - 1].seen)) / 2;
        }
        expect(curve.ausuc).toBeCloseTo(area, 9);
        const harmonics = naive.map((p) =>
          p.seen + p.unseen > 0 ? (2 * p.seen * p.unseen) / (p.seen + p.unseen) : 0,
        );
        expect(curve.best.harmonic).toBeCloseTo(Math.max(...harmonics), 9);
        const plain = naiveAt(given, 0);
        expect(curve.plain.seen).toBeCloseTo(plain.seen, 9);
        expect(curve.plain.unseen).toBeCloseTo(plain.unseen, 9);
        // Each point's γ gives the accuracies of the point.
        for (const point of curve.points) {
          if (point.calibration === null) continue;
          const there = naiveAt(given, point.calibration);
          expect([point.seen, point.unseen]).toEqual([
            expect.closeTo(there.seen, 9),
            expect.closeTo(there.unseen, 9),
          ]);
        }
      }),
    );
  });

  it('only falls for seen and only rises for unseen classes', () => {
    fc.assert(
      fc.property(anyCase, (given) => {
        const { points, ausuc } = curveOf(given);
        for (const [i, point] of points.slice(1).entries()) {
          expect(point.seen).toBeLessThanOrEqual(points[i].seen + 1e-12);
          expect(point.unseen).toBeGreaterThanOrEqual(points[i].unseen - 1e-12);
        }
        expect(ausuc).toBeGreaterThanOrEqual(0);
        expect(ausuc).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  it('weights every class equally, whatever its number of images', () => {
    // Class 0 is right for all of its three images, class 1 wrong for its only one.
    const { plain } = curveOf({
      scores: [
        [1, 0, -1],
        [1, 0, -1],
        [1, 0, -1],
        [1, 0, -1],
        [1, 0, -1],
      ],
      labels: [0, 0, 0, 1, 2],
      seen: [0, 1],
    });
    expect(plain.seen).toBe(0.5);
  });

  it('separates folds: the same label in two folds counts as two classes', () => {
    const one = route(Float64Array.of(1, 0, 0, 1), Int32Array.of(0, 1), Int32Array.of(0));
    const other = route(Float64Array.of(1, 0, 1, 0, 1, 0), Int32Array.of(0, 1, 1), Int32Array.of(1));
    const { routed, groups } = joinRouted([one, other]);
    expect([...groups]).toEqual([0, 0, 1, 1, 1]);
    // Seen: label 0 in the first fold (1 image) and label 1 in the second (2 images). Unseen: the others.
    expect([...classWeights(routed)]).toEqual([0.5, 0.5, 0.5, 0.25, 0.25]);
  });

  it('with permuted names an unseen answer is right with probability 1/m', () => {
    const routed = route(
      Float64Array.from(HAND.scores.flat()),
      Int32Array.from(HAND.labels),
      Int32Array.from(HAND.seen),
    );
    const weights = classWeights(routed);
    const average = sweep(
      namesPermuted(routed, () => 2),
      weights,
    );
    // Two names have two permutations: the identity and the exchange.
    const permuted = { ...HAND, labels: [0, 1, 3, 2] };
    expect(average.ausuc).toBeCloseTo((curveOf(HAND).ausuc + curveOf(permuted).ausuc) / 2, 12);
  });

  it('is thinned for drawing, keeping the ends and the best point', () => {
    const n = 600;
    const scores = Array.from({ length: n }, (_, i) => [
      Math.sin(i * 7.1),
      Math.cos(i * 3.3),
      Math.sin(i * 1.7),
    ]);
    const curve = curveOf({ scores, labels: scores.map((_, i) => i % 3), seen: [0, 1] });
    const drawn = thin(curve, 50);
    expect(drawn.length).toBeLessThanOrEqual(53);
    expect(drawn[0]).toBe(curve.points[0]);
    expect(drawn[drawn.length - 1]).toBe(curve.points[curve.points.length - 1]);
    expect(drawn).toContain(curve.best);
  });
});
