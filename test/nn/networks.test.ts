import { describe, expect, it } from 'vitest';
import {
  buildNetwork,
  countMultiplyAdds,
  countParameters,
  efficientnetB0,
  LITE_CANDIDATES,
  layerTable,
  liteFamily,
  micronet,
  NETWORK_NAMES,
  shapes,
} from '../../src/nn/index.js';

const outputs = 100;

/** All networks that can be built by name. */
const BUILT = [...NETWORK_NAMES, ...Object.keys(LITE_CANDIDATES)];

describe('micronet', () => {
  const network = micronet({ outputs });
  it('has the published number of parameters', () => {
    expect(countParameters(network)).toBe(464_918);
    expect(countMultiplyAdds(network)).toBe(37_338_192);
  });
  it('keeps resolution in the stem and ends at an eighth', () => {
    expect(shapes(network).get('stem.conv')).toEqual([32, 32, 32]);
    expect(shapes(network).get('blocks.15.project.conv')).toEqual([4, 4, 106]);
    expect(shapes(network).get('')).toEqual([1, 1, 100]);
  });
  it('applies the gate in blocks of stride 2, which have no residual', () => {
    const names = layerTable(network).map((row) => row.name);
    expect(names).toContain('blocks.2.squeeze');
    expect(names).not.toContain('blocks.2');
  });
  it('projects the shortcut where channels change at stride 1', () => {
    const shortcuts = layerTable(network).filter((row) => row.name.endsWith('shortcut.conv'));
    expect(shortcuts.map((row) => row.name)).toEqual([
      'blocks.0.shortcut.conv',
      'blocks.4.shortcut.conv',
      'blocks.13.shortcut.conv',
      'blocks.15.shortcut.conv',
    ]);
  });
});

describe('efficientnet-b0', () => {
  it('has the published number of parameters, with 1,000 outputs and with 100', () => {
    expect(countParameters(efficientnetB0({ outputs: 1000 }))).toBe(5_288_548);
    expect(countParameters(efficientnetB0({ outputs }))).toBe(4_007_548 + 1280 * 100 + 100);
  });
  it('has the multiply-adds of the design', () => {
    expect(countMultiplyAdds(efficientnetB0({ outputs }))).toBe(8_590_048);
    expect(countMultiplyAdds(efficientnetB0({ outputs, stemStride: 1 }))).toBe(32_094_592);
  });
  it('scales to B1', () => {
    const b1 = efficientnetB0({ outputs: 1000, depth: 1.1 });
    expect(countParameters(b1)).toBe(7_794_184);
  });
});

describe('buildNetwork', () => {
  it('builds a network of every name', () => {
    for (const name of BUILT) expect(buildNetwork(name, { outputs: 50 }).name).toBe(name);
    expect(buildNetwork('efficientnet-b0:s2', { outputs }).name).toBe('efficientnet-b0');
  });
  it('lite candidates cost 3 to 5 M multiply-adds and fit in 1 MB of float16', () => {
    for (const name of Object.keys(LITE_CANDIDATES)) {
      const network = buildNetwork(name, { outputs });
      expect(countMultiplyAdds(network)).toBeGreaterThan(3e6);
      expect(countMultiplyAdds(network)).toBeLessThan(5e6);
      expect(countParameters(network)).toBeLessThan(500_000);
    }
  });
  it('accepts multipliers and other sizes', () => {
    const small = micronet({ outputs, width: 0.5, depth: 0.5, size: 48 });
    expect(countParameters(small)).toBeLessThan(countParameters(micronet({ outputs })) / 2);
    expect(shapes(small).get('blocks.0.depthwise.conv')).toEqual([48, 48, 96]);
    for (const name of BUILT) {
      for (const size of [17, 64]) buildNetwork(name, { outputs, width: 1.7, depth: 2.1, size });
    }
  });
  it('refuses unknown names and invalid options', () => {
    expect(() => buildNetwork('resnet', { outputs })).toThrow('no network "resnet"');
    expect(() => buildNetwork('toString', { outputs })).toThrow('no network "toString"');
    expect(() => buildNetwork('micronet', { outputs: 0 })).toThrow(
      'outputs must be an integer of at least 1',
    );
    expect(() => buildNetwork('lite', { outputs, width: 0 })).toThrow('width must be a multiplier');
    expect(() => buildNetwork('lite', { outputs, dropout: 1 })).toThrow('dropout must be in [0, 1)');
  });
  it('every kind of block works in the family', () => {
    for (const kind of ['dense', 'plain', 'fused', 'depthwise'] as const) {
      const stages = [
        { kind, channels: 16, blocks: 2 },
        { kind, channels: 24, blocks: 1, stride: 2 },
      ] as const;
      const stem = { channels: 16, kernel: 3, stride: 1 } as const;
      const network = liteFamily({ stem, stages, squeeze: true }, { outputs: 10 });
      expect(shapes(network).get('')).toEqual([1, 1, 10]);
    }
  });
});
