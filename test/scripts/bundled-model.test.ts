/** Tests the script that makes the bundled model, from the training to the tables, on a few of CIFAR-100's images. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openModel } from '../../src/search/index.js';
import { realCifar100 } from '../data/helpers.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-bundled-'));
afterAll(() => rmSync(dir, { recursive: true }));
const data = realCifar100();
const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

function script(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path('scripts/bundled-model.mjs'), ...args],
      { cwd: dir },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

/** The Markdown tables of a text: rows of cells, without the line of dashes. */
const tablesOf = (text: string) =>
  Array.from(text.matchAll(/(?:^\|.*\n)+/gm), ([table]) =>
    table
      .trimEnd()
      .split('\n')
      .filter((_, i) => i !== 1)
      .map((row) => row.slice(2, -2).split(' | ')),
  );

describe('bundled-model', () => {
  it('does not put a model of a few images in the place of the one that ships', async () => {
    const { code, err } = await script('--limit', '900', '--out', 'run');
    expect(code).toBe(1);
    expect(err).toContain('with --limit, --model says where the model goes');
  });

  it.skipIf(!data)('trains, packs and measures a model', async () => {
    const shipped = readFileSync(path('assets/models/lite-joint.safetensors'));
    const small = ['--epochs', '1', '--limit', '900', '--images', '2', '--data-dir', dirname(data!)];
    const { code, out, err } = await script('--out', 'run', '--model', 'new.safetensors', ...small);
    expect(code, err).toBe(0);
    expect(readFileSync(path('assets/models/lite-joint.safetensors')).equals(shipped)).toBe(true);

    const [shown, classes] = tablesOf(out.slice(out.indexOf('new.safetensors, reading')));
    expect(shown.map((row) => row.slice(0, 2))).toEqual([
      ['images', 'candidates'],
      ['the other 90 classes', 'all 100 labels'],
      ['the 10 labels', 'these 10'],
      ['the 10 labels', 'all 100 labels'],
      ['the 10 labels', '10068 words'],
    ]);
    expect(classes).toHaveLength(11);
    for (const table of [shown, classes]) for (const row of table) expect(row).toHaveLength(table[0].length);
    // Two images of each class: hits are halves of the images. Ten answers among ten labels hold the right one.
    for (const [, ...hits] of classes.slice(1))
      for (const hit of hits) expect(['0.0 %', '50.0 %', '100.0 %']).toContain(hit);
    expect(shown[2][4]).toBe('100.0 % (100.0 %)');

    const { heldOut } = openModel(join(dir, 'new.safetensors')).model;
    expect(classes.slice(1).map(([label]) => label)).toEqual(expect.arrayContaining([...heldOut]));
    expect(heldOut).toHaveLength(10);
  });
});
