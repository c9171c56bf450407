import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildNetwork,
  type Layer,
  LITE_CANDIDATES,
  NETWORK_BOUNDS,
  NETWORK_NAMES,
  type Network,
  parseNetwork,
  validate,
} from '../../src/nn/index.js';
import { FormatError } from '../../src/util/errors.js';

const conv = (name: string, out: number, more = {}): Layer => ({
  type: 'conv',
  name,
  out,
  kernel: 3,
  stride: 1,
  depthwise: false,
  ...more,
});
const end: Layer[] = [{ type: 'global-average-pool' }, { type: 'linear', name: 'output', out: 5 }];
const net = (...layers: Layer[]): Network => ({
  name: 'own',
  size: 8,
  layers: [...layers, ...end],
  outputs: 5,
});

/** A residual in a residual, so many times. */
const nested = (depth: number): Layer => {
  let layer: Layer = { type: 'residual', name: 'r0', body: [], shortcut: [] };
  for (let i = 1; i <= depth; i++) layer = { type: 'residual', name: `r${i}`, body: [layer], shortcut: [] };
  return layer;
};

describe('validate', () => {
  it('names the invalid layer', () => {
    expect(() => validate(net(conv('a', 4), conv('a', 4)))).toThrow(
      'network "own": layer a: an earlier layer has the same name',
    );
    expect(() => validate(net(conv('a', 4), conv('b', 8, { depthwise: true })))).toThrow(
      'layer b: a depthwise convolution must have 4 output channels like its input, not 8',
    );
    const unequal: Layer = { type: 'residual', name: 'r', body: [conv('b', 4, { stride: 2 })], shortcut: [] };
    expect(() => validate(net(conv('a', 4), unequal))).toThrow(
      "layer r: the body's output is 4x4x4, but the shortcut's is 8x8x4",
    );
    expect(() => validate(net(conv('a', 4, { stride: 3 })))).toThrow('layer a: stride must be 1 or 2, not 3');
    expect(() => validate(net({ type: 'linear', name: 'early', out: 5 }))).toThrow(
      'layer early: its input must be [1, 1, features], not 8x8x3',
    );
    const norm: Layer = { type: 'batch-norm', name: 'norm', epsilon: 1e-5, momentum: 0.1 };
    expect(() => validate(net(conv('a', 4), norm))).not.toThrow();
    for (const before of [[], [conv('a', 4), { type: 'activation', fn: 'relu' }]] satisfies Layer[][]) {
      expect(() => validate(net(...before, norm))).toThrow(
        'layer norm: a batch norm must come directly after a convolution',
      );
    }
    expect(() => validate({ ...net(), outputs: 6 })).toThrow(
      'the output of the last layer is 1x1x5, not 6 values',
    );
  });
});

describe('parseNetwork', () => {
  it('accepts the networks of all builders', () => {
    for (const name of ['micronet', 'efficientnet-b0', 'lite']) {
      const network = buildNetwork(name, { outputs: 7 });
      expect(parseNetwork(JSON.parse(JSON.stringify(network)), 'x.json')).toEqual(network);
    }
  });
  it('names the file and the key', () => {
    const bad = JSON.parse(JSON.stringify(net(conv('a', 4))));
    bad.layers[0].kernel = 7;
    expect(() => parseNetwork(bad, 'x.json')).toThrow(/^x\.json: not a network: layers\.0\.kernel: /);
    expect(() => parseNetwork(net(conv('a', 4), conv('a', 4)), 'x.json')).toThrow(
      /^x\.json: network "own": layer a/,
    );
  });
  it.each<[string, unknown, RegExp]>([
    ['size', { ...net(conv('a', 4)), size: 1025 }, /an input of 1025 pixels is more than 1024$/],
    [
      'activations',
      { ...net(conv('a', 129)), size: 1024 },
      /layer a: gives 135266304 values an image, more than 134217728$/,
    ],
    [
      'activations beyond all numbers',
      net(conv('a', Number.MAX_SAFE_INTEGER)),
      /layer a: gives \d+ values an image, more than 134217728$/,
    ],
    [
      'parameters',
      net(conv('a', 8192), { type: 'activation', fn: 'relu' }, conv('b', 8192)),
      /with b\.weight more than 134217728 parameters$/,
    ],
    ['layers', net(...Array(10_001).fill({ type: 'activation', fn: 'relu' })), /more than 10000 layers$/],
    ['nesting', net(nested(5000)), /residuals are nested more than 16 deep$/],
  ])('stays within bounds: %s', (_, network, message) => {
    expect(() => parseNetwork(network, 'x.json')).toThrow(FormatError);
    expect(() => parseNetwork(network, 'x.json')).toThrow(message);
  });
  it('accepts the networks of all builders at the largest size', () => {
    for (const name of [...NETWORK_NAMES, ...Object.keys(LITE_CANDIDATES)])
      expect(buildNetwork(name, { outputs: 300, size: NETWORK_BOUNDS.size }).size).toBe(1024);
    expect(() => buildNetwork('lite', { outputs: 3, size: 1025 })).toThrow(
      'lite: size must be at most 1024, not 1025',
    );
    expect(parseNetwork(net(nested(15)), 'x.json')).toEqual(net(nested(15)));
  });
  it('returns a network or throws a FormatError for any input', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => parseNetwork(value, 'x.json')).toThrow(/^x\.json: /);
      }),
    );
  });
});
