import { Resvg } from '@resvg/resvg-js';
import { expect, it } from 'vitest';
import {
  architectureFigure,
  buildNetwork,
  describe as describeNetwork,
  LITE_CANDIDATES,
  NETWORK_NAMES,
} from '../../src/nn/index.js';

// The snapshots are also a gallery of examples: look at output/*.svg after a change.
it.each(['micronet', 'efficientnet-b0', 'lite'])('draws %s', async (name) => {
  const svg = architectureFigure(buildNetwork(name, { outputs: 100 }));
  await expect(svg).toMatchFileSnapshot(`output/${name}.svg`);
  expect(new Resvg(svg).render().width).toBe(960);
});

it('draws and describes every network, also one with unusual layer names', async () => {
  const all = [...NETWORK_NAMES, ...Object.keys(LITE_CANDIDATES)].map((name) =>
    buildNetwork(name, { outputs: 50, depth: 3 }),
  );
  const own = {
    name: 'a < "b" & c',
    size: 8,
    outputs: 3,
    layers: [{ type: 'global-average-pool' }, { type: 'linear', name: 'x', out: 3 }],
  } as const;
  for (const network of [...all, own]) {
    expect(() => new Resvg(architectureFigure(network))).not.toThrow();
    expect(describeNetwork(network)).toContain(`${network.outputs} out`);
  }
});

it('describes micronet', async () => {
  await expect(describeNetwork(buildNetwork('micronet', { outputs: 100 }))).toMatchFileSnapshot(
    'output/micronet.txt',
  );
});
