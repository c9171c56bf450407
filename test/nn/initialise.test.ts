import { describe, expect, it } from 'vitest';
import { bufferSpecs, buildNetwork, initialise, parameterSpecs } from '../../src/nn/index.js';
import { fillNormal, fillUniform } from '../../src/util/fill.js';
import { deriveKey, threefry } from '../../src/util/random.js';

const network = buildNetwork('micronet', { outputs: 100 });

function moments(data: Float32Array) {
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  const variance = data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length;
  return { mean, deviation: Math.sqrt(variance) };
}

describe('fill', () => {
  it('draws the blocks of threefry', () => {
    const key = deriveKey(3, 'test');
    const data = new Float32Array(7);
    fillUniform(data, key, 1);
    for (let i = 0; i < data.length; i++) {
      expect(data[i]).toBe(Math.fround(threefry(key, i >> 1, 3)[i & 1] / 2 ** 31 - 1));
    }
  });
  it('is normal', () => {
    const data = new Float32Array(100_001);
    fillNormal(data, deriveKey(1, 'test'), 2);
    const { mean, deviation } = moments(data);
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(deviation).toBeCloseTo(2, 1);
    expect(data.filter((x) => Math.abs(x) > 4).length / data.length).toBeCloseTo(0.0455, 2);
    expect(data[100_000]).not.toBe(0);
  });
});

describe('initialise', () => {
  const weights = initialise(network, 7);
  it('creates every array with its shape', () => {
    const specs = [...parameterSpecs(network), ...bufferSpecs(network)];
    expect([...weights.keys()].sort()).toEqual(specs.map((spec) => spec.name).sort());
    for (const spec of specs) expect(weights.get(spec.name)!.shape).toEqual(spec.shape);
  });
  it('has the documented distributions', () => {
    const of = (name: string) => moments(weights.get(name)!.data);
    expect(of('blocks.15.expand.conv.weight').deviation).toBeCloseTo(Math.sqrt(2 / 264), 2);
    expect(of('blocks.10.depthwise.conv.weight').deviation).toBeCloseTo(Math.sqrt(2 / (9 * 216)), 2);
    expect(of('output.weight').deviation).toBeCloseTo(0.01, 3);
    expect(of('output.bias')).toEqual({ mean: 0, deviation: 0 });
    expect(of('stem.norm.weight')).toEqual({ mean: 1, deviation: 0 });
    expect(of('stem.norm.running_mean')).toEqual({ mean: 0, deviation: 0 });
    expect(of('stem.norm.running_var')).toEqual({ mean: 1, deviation: 0 });
  });
  it('is equal only for equal seed and fold', () => {
    const name = 'stem.conv.weight';
    const data = weights.get(name)!.data;
    expect(initialise(network, 7).get(name)!.data).toEqual(data);
    expect(initialise(network, 8).get(name)!.data).not.toEqual(data);
    expect(initialise(network, 7, 'default', 'willow_tree').get(name)!.data).not.toEqual(data);
  });
  it("takes PyTorch's bounds", () => {
    const torch = initialise(network, 7, 'pytorch');
    const bound = 1 / Math.sqrt(27);
    const stem = torch.get('stem.conv.weight')!.data;
    expect(Math.max(...stem)).toBeLessThan(bound);
    expect(Math.max(...stem)).toBeGreaterThan(bound * 0.98);
    expect(Math.max(...torch.get('output.bias')!.data)).toBeGreaterThan(0.08);
  });
  it('draws 4 million numbers in under half a second', () => {
    const large = buildNetwork('efficientnet-b0', { outputs: 100 });
    const start = process.cpuUsage().user;
    initialise(large, 1);
    expect((process.cpuUsage().user - start) / 1e6).toBeLessThan(0.5);
  });
});

describe('parameterSpecs', () => {
  it('applies weight decay to weights only', () => {
    for (const { name, decay } of parameterSpecs(network)) {
      expect(decay, name).toBe(/(conv|fc[12]|output)\.weight$/.test(name));
    }
  });
});
