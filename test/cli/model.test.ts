/** The command line of `lexel model describe`. */

import { describe, expect, it } from 'vitest';
import { lexel } from './lexel.js';

const SMALL = ['lite', '--outputs', '5', '--width', '0.25'];

describe('lexel model describe --roofline', () => {
  it('prints operations, their types and the step in 120 columns', async () => {
    const { code, out } = await lexel(['model', 'describe', ...SMALL, '--roofline', '--batch', '8']);
    expect(code).toBe(0);
    expect(out).toMatch(/^operation +layer +MFLOP +MiB +floor µs +bound by +took µs +of floor/);
    expect(out).toMatch(/^optimizer +adamw +[\d.]+ /m);
    expect(out).toMatch(/^whole step +[\d.]+ ms: \d+ images\/s, \d+ % of peak/m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it('prints the same as JSON, on wasm', async () => {
    const args = ['--roofline', '--batch', '4', '--backend', 'wasm', '--json'];
    const { code, out } = await lexel(['model', 'describe', ...SMALL, ...args]);
    expect(code).toBe(0);
    const { engine, batch, rows, step } = JSON.parse(out);
    expect(engine.backend).toBe('wasm');
    expect(batch).toBe(4);
    expect(rows.length).toBeGreaterThan(20);
    expect(step.measured).toBeGreaterThan(0);
  });

  it('prints only the layers as JSON', async () => {
    const { out } = await lexel(['model', 'describe', ...SMALL, '--json']);
    expect(JSON.parse(out).at(-1)).toMatchObject({ type: 'linear', shape: [1, 1, 5] });
  });
});
