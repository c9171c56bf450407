import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/formats/index.js';
import { initialise } from '../../src/nn/index.js';
import { loadModel, type Model, saveModel, targetSpace, toSpace } from '../../src/train/index.js';
import { FormatError } from '../../src/util/errors.js';
import { unseal } from '../formats/unsealed.js';
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
  it('preserve all parts bit for bit', () => {
    const file = join(dir, 'whole.safetensors');
    saveModel(file, model);
    const { weights, ...rest } = loadModel(file);
    const { weights: saved, ...expected } = model;
    expect(rest).toEqual(expected);
    expect(Object.fromEntries(weights)).toEqual(Object.fromEntries(saved));
  });

  it("contain the parameters of their recipe's space", () => {
    const file = join(dir, 'space.safetensors');
    for (const name of ['centred', 'unit', 'whitened'] as const) {
      const { targets, mean, numbers } = targetSpace(name, tinyVectors(3), DIMENSION, [1]);
      saveModel(file, { ...model, recipe: name, vectors: targets, seenMean: mean, space: numbers });
      const found = loadModel(file);
      expect(found.space).toEqual(numbers);
      expect(toSpace(found.space!, tinyVectors(3), DIMENSION)).toEqual(found.vectors);
    }
  });

  it('in float16 are smaller and approximate, with exact biases and batch norm', () => {
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

  it('in float16 keep a weight out of float16 range as float32', () => {
    const file = join(dir, 'large.safetensors');
    const weights = new Map(model.weights);
    const { shape, data } = weights.get('output.weight')!;
    weights.set('output.weight', { shape, data: data.map((x, i) => (i === 0 ? 70000 : x)) });
    saveModel(file, { ...model, weights }, { half: true });
    expect(loadModel(file).weights.get('output.weight')!.data[0]).toBe(70000);
  });

  it('are rejected if they are something else, truncated, or lack a weight', () => {
    const other = join(dir, 'other.safetensors');
    writeSafetensors(other, new Map([['x', { dtype: 'F32', shape: [1], data: new Float32Array(1) }]]));
    expect(() => loadModel(other)).toThrow('is a safetensors file, but not a model of Lexel');

    const cut = join(dir, 'cut.safetensors');
    saveModel(cut, model);
    writeFileSync(cut, readFileSync(cut).subarray(0, -10));
    expect(() => loadModel(cut)).toThrow(cut);

    const lacking = join(dir, 'lacking.safetensors');
    saveModel(lacking, { ...model, weights: new Map([...model.weights].slice(1)) });
    expect(() => loadModel(lacking)).toThrow('lacks tensor "weights.stem.conv.weight"');

    const short = join(dir, 'short.safetensors');
    saveModel(short, { ...model, seenMean: new Float32Array(2) });
    expect(() => loadModel(short)).toThrow('tensor "labels.seen_mean" is F32 [2], should be F32 [6]');
  });

  const nan = (data: Float32Array) => data.map((x, i) => (i === 2 ? Number.NaN : x));
  const weight = (name: string, change: (data: Float32Array) => Float32Array) => {
    const { shape, data } = model.weights.get(name)!;
    return { weights: new Map(model.weights).set(name, { shape, data: change(data) }) };
  };
  const f = 8;
  const features = {
    dimension: f,
    trainMeans: new Float32Array(2 * f),
    trainCounts: Int32Array.of(3, 4),
    trainCovariance: new Float32Array(f * f),
  };
  const space = { mean: new Float32Array(DIMENSION), matrix: null, unit: false };
  const network = (more: object) => ({ network: { ...TINY_NETWORK, ...more } });

  it.each<[string, Partial<Model>, string]>([
    ['a NaN weight', weight('output.weight', nan), '"weights.output.weight": number 2 is NaN'],
    [
      'an infinite bias',
      weight('output.bias', (x) => x.map(() => Infinity)),
      'output.bias": number 0 is Infinity',
    ],
    [
      'a negative variance',
      weight('stem.norm.running_var', (x) => x.map(() => -1)),
      '"weights.stem.norm.running_var": number 0 is -1, but a variance cannot be negative',
    ],
    ['NaN vectors', { vectors: nan(model.vectors) }, '"labels.vectors": number 2 is NaN'],
    ['a NaN mean', { seenMean: nan(model.seenMean) }, '"labels.seen_mean": number 2 is NaN'],
    ['a NaN in its space', { space: { ...space, mean: nan(space.mean) } }, '"space.mean": number 2 is NaN'],
    [
      'NaN features',
      { features: { ...features, trainMeans: nan(features.trainMeans) } },
      '"features.train_means": number 2 is NaN',
    ],
    [
      'a NaN covariance',
      { features: { ...features, trainCovariance: nan(features.trainCovariance) } },
      '"features.train_covariance": number 2 is NaN',
    ],
    [
      'a negative count',
      { features: { ...features, trainCounts: Int32Array.of(-1, 4) } },
      '"features.train_counts" has a negative count',
    ],
    [
      'features of another network',
      { features: { dimension: 4, trainMeans: new Float32Array(8), trainCounts: features.trainCounts } },
      'tensor "features.train_means" is F32 [2, 4], should be F32 [2, 8]',
    ],
    ['a label twice', { labels: ['ant', 'bee', 'ant'] }, 'lists a label twice'],
    ['an empty label', { labels: ['ant', 'bee', ''] }, 'labels[2]'],
    [
      'a held-out label that is none',
      { heldOut: ['dog'] },
      'holds out "dog", which is not one of its labels',
    ],
    ['a label held out twice', { heldOut: ['bee', 'bee'] }, 'holds a label out twice'],
    ['all held out', { heldOut: [...model.labels] }, 'holds every label out'],
    ['no deviation', { std: [0.2, 0, 0.2] }, 'standard deviations of pixels/255 are above 0 and at most 1'],
    ['a mean beyond white', { mean: [0.2, 3, 0.2] }, 'means of pixels/255 lie between 0 and 1'],
    ['an unknown recipe', { recipe: 'potser' }, 'at recipe'],
    ['an unknown control', { control: 'forzen' }, 'at control'],
    ['half an epoch', { training: { ...model.training, epochs: 0.5 } }, 'at training.epochs'],
    ['heads of another width', { heads: { vector: 6, classes: 3 } }, 'its heads have 6 and 3 outputs'],
    ['a vector head of other words', { heads: { vector: 5, classes: 1 } }, 'its vector head has 5 outputs'],
    ['a class head of other labels', { heads: { vector: 0, classes: 6 } }, 'its class head has 6 outputs'],
    ['an absurd size', network({ size: 100_000 }), 'an input of 100000 pixels is more than 1024'],
    [
      'absurd activations',
      network({
        size: 1024,
        layers: [{ type: 'conv', name: 'a', out: 2 ** 30, kernel: 1, stride: 1, depthwise: false }],
      }),
      'layer a: gives 1125899906842624 values an image, more than 134217728',
    ],
  ])('are rejected with %s, despite a valid checksum', (_, change, problem) => {
    const file = join(dir, 'wrong.safetensors');
    saveModel(file, { ...model, ...change } as Model);
    expect(readSafetensors(file).checksum).not.toBeNull();
    expect(() => loadModel(file)).toThrow(FormatError);
    expect(() => loadModel(file)).toThrow(`${file}: `);
    expect(() => loadModel(file)).toThrow(problem);
  });

  it('in float16 are rejected with a number that is not finite', () => {
    const file = join(dir, 'half-nan.safetensors');
    saveModel(file, model, { half: true });
    const { tensors, metadata } = readSafetensors(file);
    const weights = tensors.get('weights.output.weight')!;
    expect(weights.dtype).toBe('F16');
    weights.data[3] = 0x7e00;
    writeSafetensors(file, tensors, metadata);
    expect(() => loadModel(file)).toThrow('"weights.output.weight": number 3 is NaN');
  });

  it('of earlier versions, without a checksum, are read with a warning', () => {
    const file = join(dir, 'old.safetensors');
    const warnings: string[] = [];
    const load = () => loadModel(file, { onWarning: (message) => warnings.push(message) });
    saveModel(file, { ...model, space, features });
    const whole = load();
    expect(warnings).toEqual([]);
    unseal(file);
    expect(load()).toEqual(whole);
    expect(warnings).toEqual([
      `${file} has no checksum because an earlier version of Lexel wrote it. Damage to its numbers cannot be detected. ` +
        '`lexel model pack` copies it with one.',
    ]);
    // A flipped bit in a tensor's name would change which reading is used.
    const bytes = readFileSync(file);
    bytes[bytes.indexOf('features.train_means') + 1] ^= 1;
    writeFileSync(file, bytes);
    expect(load).toThrow('holds a tensor "fdatures.train_means", which no model has');
  });

  it('of later versions may contain more tensors', () => {
    const file = join(dir, 'more.safetensors');
    saveModel(file, model);
    const { tensors, metadata } = readSafetensors(file);
    tensors.set('later', { dtype: 'U8', shape: [1], data: Uint8Array.of(1) });
    writeSafetensors(file, tensors, metadata);
    expect(loadModel(file)).toEqual(model);
  });
});
