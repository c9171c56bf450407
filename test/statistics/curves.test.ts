/** Curves of folds that trained for different numbers of epochs. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { foldFiles, writeRunFile } from '../../src/crossval/run-file.js';
import { figure2 } from '../../src/figures/index.js';
import { posterTable } from '../../src/report/poster.js';
import { classCurves, quartileBands } from '../../src/statistics/curves.js';
import { runStatistics } from '../../src/statistics/evidence/draw-statistics.js';
import { loadRun, summarise } from '../../src/statistics/index.js';
import { fakeRun } from './support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-curves-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A run of five epochs whose first fold stopped after the third; its second epoch was best. */
function unequalRun(name: string, keepBest: boolean): string {
  const dir = join(root, name);
  const classes = ['bee', 'oak', 'bus', 'cup'];
  const run = fakeRun(dir, { classes, groups: classes.map((_, c) => [c]), protocol: 'loo', epochs: 5 });
  const validation = { validationShare: 0.1, patience: 1, ...(keepBest && { keepBest: true as const }) };
  writeRunFile(dir, { ...run, config: { ...run.config, ...validation } });
  const { log } = foldFiles(dir, 'bee');
  const lines = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type, epoch }) => type !== 'epoch' || epoch <= 3)
    .map((line) => (line.type === 'end' ? { ...line, epochs: 3, bestEpoch: 2 } : line));
  writeFileSync(log, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return dir;
}

describe('folds of different lengths', () => {
  it.each([
    ['of the last epoch', false, 3],
    ['of the best epoch', true, 2],
  ])('a fold that stopped goes on with the loss of the weights that it kept: %s', (_, keepBest, kept) => {
    const data = loadRun(unequalRun(`kept-${kept}`, keepBest));
    const [stopped, ...others] = classCurves(data);
    expect(stopped).toMatchObject({ label: 'bee', epochs: [0, 1, 2, 3, 4, 5], trained: 3 });
    expect(stopped.kept).toBe(stopped.loss[kept]);
    expect(stopped.loss.slice(4)).toEqual([stopped.kept, stopped.kept]);
    expect(stopped.relative[5]).toBeCloseTo(stopped.kept / stopped.loss[0] - 1, 12);
    for (const { trained, loss, kept: own } of others) expect([trained, own]).toEqual([5, loss[5]]);
    // Each epoch is over the same classes.
    expect(quartileBands([stopped, ...others], 'loss').map(({ count }) => count)).toEqual([4, 4, 4, 4, 4, 4]);

    const summary = summarise(data, { permutations: 10, resamples: 20 });
    const notes = summary.notes.join('\n');
    expect(notes).toContain('10 % of the training images of each seen class were set apart for validation');
    expect(notes).toContain('1 of 4 folds stopped early, after 3 of 5 epochs');
    expect(notes.includes('lowest validation loss (--keep-best)')).toBe(keepBest);
    expect(summary.curve.epochs).toBe(5);
    expect(posterTable(summary).find(({ what }) => what === 'epochs')?.run.initial).toBe(
      'at most 5, longest fold 5',
    );
    const svg = figure2(summary, [stopped, ...others]);
    expect(svg).toContain('For 1 of 4 classes training stopped earlier');
    expect(svg.includes('the epoch with the lowest validation loss')).toBe(keepBest);
  });

  it('the curves of seeds that trained for different numbers of epochs go on too', () => {
    const curves = classCurves(loadRun(unequalRun('seeds', false)));
    const short = curves.map((curve) => ({
      ...curve,
      epochs: curve.epochs.slice(0, 2),
      loss: curve.loss.slice(0, 2),
      relative: curve.relative.slice(0, 2),
    }));
    const full = short.map((curve) => ({
      ...curve,
      epochs: [0, 1, 2, 3, 4, 5],
      relative: [0, 1, 1, 1, 1, 1].map((at) => curve.relative[at]),
    }));
    const entries = summarise(loadRun(unequalRun('entries', false)), {
      permutations: 2,
      resamples: 2,
    }).classes;
    const flat = (own: typeof curves) =>
      runStatistics([...entries, ...entries] as never, [...curves, ...own]).flatAfter(
        Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7]),
      );
    expect(flat(short)).toBe(flat(full));
  });
});
