/**
 * A second, deliberately simple implementation of docs/DEFINITIONS.md. It shares no code with src/statistics
 * or src/util; the tests compare the two.
 */
import { readSafetensors } from '../../src/formats/index.js';

type Row = number[];
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: number[]) => sum(values) / values.length;
const dot = (a: Row, b: Row) => sum(a.map((x, j) => x * b[j]));
const less = (a: Row, b: Row) => a.map((x, j) => x - b[j]);
const mse = (a: Row, b: Row) => mean(less(a, b).map((x) => x * x));
const cosine = (a: Row, b: Row) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
const meanRow = (rows: Row[]) => rows[0].map((_, j) => mean(rows.map((row) => row[j])));

export function rows(matrix: Float32Array, d: number): Row[] {
  return Array.from({ length: matrix.length / d }, (_, i) => [...matrix.subarray(i * d, (i + 1) * d)]);
}

export interface NaiveClass {
  class: number;
  losses: { L0: number; L1: number; LE: number; Lz: number; Lm: number };
  skill: number;
  calibratedSkill: number;
  centredCosine: number;
  rankAll: number;
  hit5All: number;
  rankHeldOut: number;
  hit1HeldOut: number;
  euclideanRank: number;
}

/** Computes everything for a run's finished folds, from their files. */
export function naiveRun(targets: Row[], folds: { file: string; heldOut: number[] }[]): NaiveClass[] {
  const d = targets[0].length;
  const found = folds.flatMap(({ file, heldOut }) => {
    const { tensors } = readSafetensors(file);
    const labels = [...(tensors.get('held_out.labels')!.data as Int32Array)];
    const at = (name: string) => rows(tensors.get(`held_out.${name}`)!.data as Float32Array, d);
    const outputs = { epoch0: at('epoch0'), epoch1: at('epoch1'), last: at('last') };
    const mu = meanRow(targets.filter((_, c) => !heldOut.includes(c)));
    return heldOut.map((c) => {
      const own = (all: Row[]) => all.filter((_, i) => labels[i] === c);
      const target = targets[c];
      const t = less(target, mu);
      const last = own(outputs.last);
      const ranksAmong = (candidates: number[], score: (output: Row, vector: Row) => number) =>
        last.map((output) => {
          const scores = candidates.map((k) => score(output, targets[k]));
          const mine = score(output, target);
          const above = scores.filter((s) => s > mine).length;
          const tied = scores.filter((s) => s === mine).length - 1;
          return 1 + above + tied / 2;
        });
      const centred = (output: Row, vector: Row) => cosine(less(output, mu), less(vector, mu));
      const all = ranksAmong(
        targets.map((_, k) => k),
        centred,
      );
      const among = ranksAmong(heldOut, centred);
      const euclidean = ranksAmong(
        targets.map((_, k) => k),
        (output, vector) => -mse(output, vector),
      );
      const loss = (list: Row[]) => mean(list.map((output) => mse(output, target)));
      return {
        class: c,
        mu,
        target,
        last,
        // The two sums for α, directly from the definition.
        above: mean(last.map((output) => dot(less(output, mu), t))) / dot(t, t),
        below: mean(last.map((output) => dot(less(output, mu), less(output, mu)))) / dot(t, t),
        losses: {
          L0: loss(own(outputs.epoch0)),
          L1: loss(own(outputs.epoch1)),
          LE: loss(last),
          Lz: mean(target.map((x) => x * x)),
          Lm: mse(mu, target),
        },
        centredCosine: cosine(less(meanRow(last), mu), t),
        rankAll: mean(all),
        hit5All: mean(all.map((rank) => (rank <= 5 ? 1 : 0))),
        rankHeldOut: mean(among),
        hit1HeldOut: mean(among.map((rank) => (rank <= 1 ? 1 : 0))),
        euclideanRank: mean(euclidean),
      };
    });
  });
  return found.map(({ mu, target, last, above: _a, below: _b, ...entry }) => {
    const others = found.filter((other) => other.class !== entry.class);
    const alpha = sum(others.map((other) => other.above)) / sum(others.map((other) => other.below));
    // The skill of the shrunken outputs themselves, without the closed formula.
    const shrunken = last.map((output) => less(output, mu).map((x, j) => mu[j] + alpha * x));
    const calibrated = mean(shrunken.map((output) => mse(output, target)));
    return {
      ...entry,
      skill: 1 - entry.losses.LE / entry.losses.Lm,
      calibratedSkill: 1 - calibrated / entry.losses.Lm,
    };
  });
}

/**
 * Spearman's ρ by counting: a value's rank is 1 + the number of smaller values + half the number of other
 * equal values.
 */
export function naiveSpearman(x: number[], y: number[]): number {
  const rank = (list: number[]) =>
    list.map((v) => 1 + list.filter((o) => o < v).length + (list.filter((o) => o === v).length - 1) / 2);
  const [a, b] = [rank(x), rank(y)];
  const [ma, mb] = [mean(a), mean(b)];
  const centredA = a.map((v) => v - ma);
  const centredB = b.map((v) => v - mb);
  return cosine(centredA, centredB);
}

/** Two-sided p-value of flipping the signs of whole units, by enumerating all patterns. */
export function naiveSignFlip(sums: number[]): number {
  const far = Math.abs(sum(sums));
  let count = 0;
  for (let signs = 0; signs < 2 ** sums.length; signs++) {
    const total = sum(sums.map((value, i) => ((signs >> i) & 1 ? value : -value)));
    if (Math.abs(total) >= far - 1e-9) count++;
  }
  return count / 2 ** sums.length;
}

/** Quantile of type 7 (Hyndman & Fan 1996): R's and numpy's default. */
export function naiveQuantile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  return low === at ? sorted[low] : (1 - (at - low)) * sorted[low] + (at - low) * sorted[low + 1];
}

/** Loss, change and cosine of a constant output, from the definitions. */
export function naiveAnswer(answer: Row, target: Row, mu: Row, initialLoss: number) {
  return {
    change: mse(answer, target) / initialLoss - 1,
    skill: 1 - mse(answer, target) / mse(mu, target),
    cosine: cosine(less(answer, mu), less(target, mu)),
  };
}
