// Training images/s compared with other JavaScript libraries, with one thread: jax-js and TensorFlow.js, if
// installed.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildNetwork, countMultiplyAdds } from '../../dist/nn/index.js';
import { pinned } from '../lib/machine.mjs';
import { Peer } from '../lib/peer.mjs';
import { interleave, median, medianRatio } from '../lib/stats.mjs';
import { digits, percent, rate, table, verdict } from '../lib/table.mjs';

const script = (name) => fileURLToPath(new URL(`../peers/${name}.mjs`, import.meta.url));
const packages = new URL('../js/', import.meta.url);
/**
 * The first network is dense, and both other libraries can train it. The second has depthwise layers and
 * squeeze-excite; the others need about 10 s per image for it, so it gets few images per step (their rate
 * hardly depends on that) and few rounds.
 */
const NETS = { lite: { batch: 32, most: 7 }, micronet: { batch: 4, most: 3 } };
const QUICK_BATCH = 4;
/** Required speed of Lexel's wasm relative to each other library. */
const TARGET = 10;
/**
 * Time limit in seconds for a peer to become ready (it compiles and runs two steps), and for a run of steps.
 */
const LIMIT = 300;
/** Tolerance of a peer's first loss relative to Lexel's native one; only Lexel applies dropout. */
const SAME = 0.02;

const INSTALL = 'npm install --prefix bench/js --ignore-scripts';
const NO_DEPTHWISE =
  'its wasm backend has no kernel for the gradients of a depthwise convolution (DepthwiseConv2dNativeBackpropFilter, ...Input)';
const HELPED =
  "TensorFlow.js's wasm backend has no kernel for the weight gradient of a convolution (Conv2DBackpropFilter), so that it trains no convolution by itself; the bench helps it out with matrix products from operations that it has.";

export const title = 'Other libraries for JavaScript';

export async function measure({ nets, rounds, seconds, quick, machine, log }) {
  const versions = {};
  for (const name of ['@jax-js/jax', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm']) {
    const file = new URL(`node_modules/${name}/package.json`, packages);
    versions[name] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : null;
  }
  if (Object.values(versions).includes(null)) log(`js: not every peer is installed: ${INSTALL}`);
  const results = [];
  for (const [net, { batch: usual, most }] of Object.entries(NETS)) {
    if (!nets.includes(net)) continue;
    const batch = quick ? Math.min(usual, QUICK_BATCH) : usual;
    log(`js: ${net}`);
    const options = { net, batch, rounds: Math.min(rounds, most), seconds, versions, machine, log };
    results.push(await measureOne(options));
  }
  return { seconds, versions, results };
}

async function measureOne({ net, batch, rounds, seconds, versions, machine, log }) {
  const contenders = [];
  const failed = [];
  try {
    for (const { name, file, flags, why } of candidates(net, versions, machine)) {
      if (why) {
        failed.push({ name, why });
        continue;
      }
      const args = [script(file), ...Object.entries({ '--net': net, '--batch': batch, ...flags }).flat()];
      const peer = new Peer(pinned(1, process.execPath, args.map(String)));
      try {
        await peer.next(LIMIT);
        const once = await peer.ask('run 1', LIMIT);
        const steps = Math.min(60, Math.max(1, Math.ceil((seconds * 1000) / median(once.step_ms))));
        contenders.push({ name, peer, steps });
      } catch (error) {
        peer.kill();
        failed.push({ name, why: error.message });
        log(`  ${name} failed: ${error.message}`);
      }
    }
    const runs = await interleave(contenders, rounds, ({ peer, steps }) => peer.ask(`run ${steps}`, LIMIT));
    const multiplyAdds = countMultiplyAdds(buildNetwork(net, { outputs: 100 }));
    return { net, batch, rounds, failed, contenders: summarise(contenders, runs, multiplyAdds) };
  } finally {
    for (const { peer } of contenders) await peer.stop();
  }
}

function candidates(net, versions, { lexel }) {
  const hasTf = versions['@tensorflow/tfjs'];
  const missing = (there) => (there ? undefined : `not installed: ${INSTALL}`);
  const depthwise = net === 'lite' ? undefined : NO_DEPTHWISE;
  return [
    ...(lexel.backend === 'native'
      ? [{ name: 'Lexel native', file: 'lexel', flags: { '--backend': 'native' } }]
      : []),
    { name: 'Lexel wasm', file: 'lexel', flags: { '--backend': 'wasm' } },
    { name: 'jax-js wasm', file: 'jax', why: missing(versions['@jax-js/jax']) },
    { name: 'TensorFlow.js cpu', file: 'tfjs', flags: { '--backend': 'cpu' }, why: missing(hasTf) },
    {
      name: 'TensorFlow.js wasm, helped',
      file: 'tfjs',
      flags: { '--backend': 'wasm' },
      why: missing(hasTf && versions['@tensorflow/tfjs-backend-wasm']) ?? depthwise,
    },
  ];
}

function summarise(contenders, runs, multiplyAdds) {
  const perRound = runs.map((run) => run.map((one) => one.images_per_second));
  const at = (name) => perRound[contenders.findIndex((one) => one.name === name)];
  const over = (name, mine) => (at(name) ? medianRatio(at(name), mine) : null);
  const reference = runs[0]?.[0].first_loss;
  return contenders.map(({ name, steps }, i) => {
    const imagesPerSecond = median(perRound[i]);
    const { first_loss: firstLoss } = runs[i][0];
    const lastLoss = runs[i].at(-1).loss;
    return {
      name,
      steps,
      perRound: perRound[i],
      imagesPerSecond,
      lowest: Math.min(...perRound[i]),
      highest: Math.max(...perRound[i]),
      gflops: (6 * multiplyAdds * imagesPerSecond) / 1e9,
      firstLoss,
      lastLoss,
      learns: lastLoss < firstLoss,
      sameStart: Math.abs(firstLoss / reference - 1) < SAME,
      wasmOver: over('Lexel wasm', perRound[i]),
      nativeOver: over('Lexel native', perRound[i]),
    };
  });
}

export function render({ results, versions }) {
  const head = [
    'network',
    'batch',
    'rounds',
    'contender',
    'images/s',
    'lowest–highest',
    'GFLOP/s',
    'loss',
    'Lexel wasm ×',
    'Lexel native ×',
    'target',
  ];
  const rows = results.flatMap(({ net, batch, rounds, contenders, failed }) => [
    ...contenders.map((c) => {
      const ours = c.name.startsWith('Lexel');
      const odd = `${c.learns ? '' : ' NOT LEARNING'}${c.sameStart ? '' : ' OTHER START'}`;
      return [
        net,
        batch,
        rounds,
        c.name,
        rate(c.imagesPerSecond),
        `${rate(c.lowest)}–${rate(c.highest)}`,
        digits(c.gflops, 2),
        `${digits(c.firstLoss, 4)} → ${digits(c.lastLoss, 4)}${odd}`,
        ours ? null : digits(c.wasmOver, 1),
        ours ? null : digits(c.nativeOver, 1),
        ours || c.wasmOver === null ? '' : verdict(`≥ ${TARGET}`, c.wasmOver >= TARGET),
      ];
    }),
    ...failed.map(({ name }) => [net, batch, rounds, name, 'none', null, null, null, null, null, '']),
  ]);
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version ?? 'not installed'}`);
  const reasons = results.flatMap(({ net, failed }) =>
    failed.map(({ name, why }) => `${net}, ${name}: ${why}.`),
  );
  return [
    `${known.join(', ')} on Node ${process.version}. 32×32 images, Adam and MSE, 100 outputs, one thread, from the same weights on the same ` +
      `batch; the others neither keep running statistics nor drop out. The losses are those of the first step and the last (within ${percent(SAME)} of each other at the start, lower at the end, ` +
      'or the table says so; later ones are after different numbers of steps). The target binds on Lexel wasm.',
    table(head, rows, ['l', 'r', 'r', 'l', 'r', 'r', 'r', 'l', 'r', 'r', 'l']),
    HELPED,
    ...new Set(reasons),
  ].join('\n\n');
}
