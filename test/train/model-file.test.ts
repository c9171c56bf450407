import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../src/formats/index.js';
import { initialise } from '../../src/nn/index.js';
import { loadModel, type Model, saveModel, targetSpace, toSpace } from '../../src/train/index.js';
import { DIMENSION, TINY_NETWORK, tinyVectors } from './tiny.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-model-'));
afterAll(() => rmSync(dir, { recursive: true }));

const model: Model = {
  network: TINY_NETWORK,
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.2, 0.2],
  recipe: 'poster',
  labels: ['ant', 'bee', 'cat'],
  heldOut: ['bee'],
  words: { source: 'words.txt', checksum: 'abc', dimension: DIMENSION },
  dataset: { name: 'tiny', hash: 'def' },
  training: { fold: 'bee', seed: 1, epochs: 2, preset: 'adamw' },
  vectors: tinyVectors(3),
  seenMean: new Float32Array(DIMENSION).fill(0.25),
  weights: initialise(TINY_NETWORK, 3, 'default'),
};

describe('model files', () => {
  it('hold everything, bit by bit', () => {
    const file = join(dir, 'whole.safetensors');
    saveModel(file, model);
    const { weights, ...rest } = loadModel(file);
    const { weights: saved, ...expected } = model;
    expect(rest).toEqual(expected);
    expect(Object.fromEntries(weights)).toEqual(Object.fromEntries(saved));
  });

  it("hold the numbers of their recipe's space", () => {
    const file = join(dir, 'space.safetensors');
    for (const name of ['centred', 'unit', 'whitened'] as const) {
      const { targets, mean, numbers } = targetSpace(name, tinyVectors(3), DIMENSION, [1]);
      saveModel(file, { ...model, recipe: name, vectors: targets, seenMean: mean, space: numbers });
      const found = loadModel(file);
      expect(found.space).toEqual(numbers);
      expect(toSpace(found.space!, tinyVectors(3), DIMENSION)).toEqual(found.vectors);
    }
  });

  it('in float16 are smaller and close, biases and batch norm exact', () => {
    const [whole, half] = [join(dir, 'a.safetensors'), join(dir, 'b.safetensors')];
    saveModel(whole, model);
    saveModel(half, model, { half: true });
    expect(readFileSync(half).length).toBeLessThan(readFileSync(whole).length);
    const { weights } = loadModel(half);
    for (const [name, { shape, data }] of model.weights) {
      const found = weights.get(name)!;
      expect(found.shape).toEqual(shape);
      for (let i = 0; i < data.length; i++) {
        const tolerance = shape.length > 1 ? Math.abs(data[i]) * 2 ** -10 + 1e-7 : 0;
        expect(Math.abs(found.data[i] - data[i])).toBeLessThanOrEqual(tolerance);
      }
    }
  });

  it('in float16 keep a weight that float16 cannot hold', () => {
    const file = join(dir, 'large.safetensors');
    const weights = new Map(model.weights);
    const { shape, data } = weights.get('output.weight')!;
    weights.set('output.weight', { shape, data: data.map((x, i) => (i === 0 ? 70000 : x)) });
    saveModel(file, { ...model, weights }, { half: true });
    expect(loadModel(file).weights.get('output.weight')!.data[0]).toBe(70000);
  });

  it('are refused when they are something else, cut off, or lack a weight', () => {
    const other = join(dir, 'other.safetensors');
    writeSafetensors(other, new Map([['x', { dtype: 'F32', shape: [1], data: new Float32Array(1) }]]));
    expect(() => loadModel(other)).toThrow('a safetensors file, but not a model of Lexel');

    const cut = join(dir, 'cut.safetensors');
    saveModel(cut, model);
    writeFileSync(cut, readFileSync(cut).subarray(0, -10));
    expect(() => loadModel(cut)).toThrow(cut);

    const lacking = join(dir, 'lacking.safetensors');
    saveModel(lacking, { ...model, weights: new Map([...model.weights].slice(1)) });
    expect(() => loadModel(lacking)).toThrow('stem.conv.weight should be [3,3,3,8], and is missing');

    const short = join(dir, 'short.safetensors');
    saveModel(short, { ...model, seenMean: new Float32Array(2) });
    expect(() => loadModel(short)).toThrow('labels.seen_mean is F32 [2], not F32 [6]');
  });
});
