/** The command line of `lexel model describe`. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { lexel } from './lexel.js';

const SMALL = ['lite', '--outputs', '5', '--width', '0.25'];

describe('lexel model describe --figure', () => {
  it('writes SVG or PNG by the ending, and nothing else', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lexel-figure-'));
    const draw = (file: string) => lexel(['model', 'describe', ...SMALL, '--figure', file], { cwd: dir });
    expect((await draw('net.svg')).out).toContain('The figure is in net.svg');
    expect(readFileSync(join(dir, 'net.svg'), 'utf8')).toMatch(/^<svg/);
    expect(await draw('net.PNG')).toMatchObject({ code: 0 });
    expect((await sharp(join(dir, 'net.PNG')).metadata()).format).toBe('png');
    const { code, err } = await draw('net.pdf');
    expect([code, err]).toEqual([
      2,
      'lexel: --figure net.pdf: the name of a figure must end with .svg or .png\n',
    ]);
    rmSync(dir, { recursive: true });
  });
});

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
