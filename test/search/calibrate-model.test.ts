/** A calibration that is added to a model is the one that its training would have stored. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset, shapesWorld } from '../../src/data/index.js';
import { calibrateModel, openModel } from '../../src/search/index.js';
import { loadModel, saveModel } from '../../src/train/index.js';
import { lexel } from '../cli/lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-calibrate-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const run = (line: string) => lexel(line.split(' '), { cwd: dir });

beforeAll(async () => {
  const small =
    '--net lite --width 0.25 --batch 32 --epochs 1 --holdout red_circle,striped_triangle --recipe joint';
  expect(await run(`train ${small} --out trained`)).toMatchObject({ code: 0 });
  const { model } = openModel(join(dir, 'trained'));
  const { familiarity: _, ...without } = model;
  saveModel(join(dir, 'without.safetensors'), without);
});

describe('a model', () => {
  it('has a calibration when it was trained, and gets the same one from its images', async () => {
    const { model } = openModel(join(dir, 'trained'));
    expect(model.familiarity!.images).toBe(58 * 25);
    const without = loadModel(join(dir, 'without.safetensors'));
    expect(without.familiarity).toBeUndefined();
    expect((await calibrateModel(without, await openDataset('shapes'))).familiarity).toEqual(
      model.familiarity,
    );
  });

  it('keeps its calibration when it is packed, and gets one by --calibrate', async () => {
    const { familiarity } = openModel(join(dir, 'trained')).model;
    expect(await run('model pack trained --half --out packed.safetensors')).toMatchObject({ code: 0 });
    expect(loadModel(join(dir, 'packed.safetensors')).familiarity).toEqual(familiarity);
    const added = await run('model pack without.safetensors --calibrate shapes --out added.safetensors');
    expect(added).toMatchObject({ code: 0, err: '' });
    expect(loadModel(join(dir, 'added.safetensors')).familiarity).toEqual(familiarity);
  });

  it('is calibrated only with the images of its labels, and enough of them', async () => {
    const without = loadModel(join(dir, 'without.safetensors'));
    await expect(calibrateModel(without, shapesWorld({ classes: 20 }))).rejects.toThrow(
      'the labels of shapes are not those of the model',
    );
    await expect(calibrateModel(without, shapesWorld({ testPerClass: 1 }))).rejects.toThrow(
      'cannot be calibrated with the 58 test images of shapes',
    );
    const { features: _, ...bare } = without;
    await expect(calibrateModel(bare, shapesWorld())).rejects.toThrow('no covariance of its features');
  });
});
