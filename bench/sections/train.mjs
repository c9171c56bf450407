// Training images/s: Lexel native and wasm, PyTorch in its modes, and JAX and TensorFlow if configured, with
// equal thread counts.
import { fileURLToPath } from 'node:url';
import { buildNetwork, countMultiplyAdds } from '../../dist/nn/index.js';
import { pinned } from '../lib/machine.mjs';
import { Peer } from '../lib/peer.mjs';
import { isTorch, pythonContenders, pythonPeer } from '../lib/python-peers.mjs';
import { interleave, median, medianRatio } from '../lib/stats.mjs';
import { digits, percent, rate, table, verdict } from '../lib/table.mjs';

const script = fileURLToPath(new URL('../peers/lexel.mjs', import.meta.url));
/**
 * Required speed of wasm relative to PyTorch on one core. The native targets are for whole folds (loo.mjs).
 */
const WASM_TARGETS = { lite: 0.8, micronet: 0.9, 'efficientnet-b0': 1 };

export const title = 'Training';

export async function measure({ nets, threadCounts, batch, rounds, seconds, compile, machine, log }) {
  const results = [];
  for (const net of nets) {
    for (const threads of threadCounts) {
      log(`train: ${net}, ${threads} thread${threads > 1 ? 's' : ''}`);
      results.push(await measureOne({ net, threads, batch, rounds, seconds, compile, machine, log }));
    }
  }
  return { batch, seconds, compile, results };
}

async function measureOne({ net, threads, batch, rounds, seconds, compile, machine, log }) {
  const network = buildNetwork(net, { outputs: 100 });
  const contenders = [];
  const failed = [];
  try {
    for (const { name, start } of candidates(net, network, threads, batch, machine, compile)) {
      const { peer, ready } = start();
      try {
        await ready();
        const once = await peer.ask('run 1');
        const steps = Math.min(
          60,
          Math.max(seconds > 1 ? 3 : 1, Math.ceil((seconds * 1000) / median(once.step_ms))),
        );
        contenders.push({ name, peer, steps });
      } catch (error) {
        peer.kill();
        failed.push({ name, why: error.message });
        log(`  ${name} failed: ${error.message}`);
      }
    }
    const runs = await interleave(contenders, rounds, ({ peer, steps }) => peer.ask(`run ${steps}`));
    const multiplyAdds = countMultiplyAdds(network);
    return {
      net,
      threads,
      multiplyAdds,
      failed,
      contenders: summarise(contenders, runs, multiplyAdds, threads, machine),
    };
  } finally {
    for (const { peer } of contenders) await peer.stop();
  }
}

function candidates(net, network, threads, batch, machine, compile) {
  const ours = (backend, inside, instances) => () => {
    const flags = {
      '--net': net,
      '--backend': backend,
      '--threads': inside,
      '--instances': instances,
      '--batch': batch,
    };
    const peer = new Peer(
      pinned(threads, process.execPath, [script, ...Object.entries(flags).flat().map(String)]),
    );
    return { peer, ready: () => peer.next(120) };
  };
  return [
    ...(machine.lexel.backend === 'native' ? [{ name: 'native', start: ours('native', threads, 1) }] : []),
    { name: threads === 1 ? 'wasm' : `wasm, ${threads} networks at once`, start: ours('wasm', 1, threads) },
    ...pythonContenders(machine, compile).map((contender) => ({
      name: contender.name,
      start: () => pythonPeer(contender, { network, threads, batch }),
    })),
  ];
}

function summarise(contenders, runs, multiplyAdds, threads, { peak }) {
  const summaries = contenders.map(({ name, steps }, i) => {
    const perRound = runs[i].map((run) => run.images_per_second);
    const imagesPerSecond = median(perRound);
    const gflops = (6 * multiplyAdds * imagesPerSecond) / 1e9;
    const limit = peak[threads]?.[name.startsWith('wasm') ? 'wasm' : 'native'];
    const cores = runs[i].map((run) => run.cores);
    return {
      name,
      steps,
      perRound,
      imagesPerSecond,
      lowest: Math.min(...perRound),
      highest: Math.max(...perRound),
      gflops,
      ofPeak: limit ? gflops / limit : null,
      cores: cores.includes(null) ? null : median(cores),
    };
  });
  const [fastest] = summaries
    .filter(({ name }) => isTorch(name))
    .sort((a, b) => b.imagesPerSecond - a.imagesPerSecond);
  return summaries.map((summary) => ({
    ...summary,
    counts: summary === fastest,
    overTorch: fastest ? medianRatio(summary.perRound, fastest.perRound) : null,
  }));
}

export function render({ results, batch, compile }) {
  const head = [
    'network',
    'threads',
    'contender',
    'images/s',
    'lowest–highest',
    '× PyTorch',
    'GFLOP/s',
    'of peak',
    'cores used',
    'target',
  ];
  const rows = results.flatMap(({ net, threads, contenders, failed }) => [
    ...contenders.map((c) => {
      const least = c.name === 'wasm' ? WASM_TARGETS[net] : undefined;
      const target =
        least === undefined
          ? ''
          : c.overTorch === null
            ? `≥ ${least}`
            : verdict(`≥ ${least.toFixed(1)}`, c.overTorch >= least);
      const range = `${rate(c.lowest)}–${rate(c.highest)}`;
      const ratio = c.counts ? '1' : digits(c.overTorch, 2);
      return [
        net,
        threads,
        c.name,
        rate(c.imagesPerSecond),
        range,
        ratio,
        digits(c.gflops, 1),
        percent(c.ofPeak),
        digits(c.cores, 2),
        target,
      ];
    }),
    ...failed.map(({ name }) => [net, threads, name, 'failed', null, null, null, null, null, '']),
  ]);
  const reasons = new Set(
    results.flatMap(({ failed }) => failed.map(({ name, why }) => `${name} failed: ${why}`)),
  );
  return [
    '32×32 images, batch ' +
      `${batch}, AdamW and MSE, 100 outputs; × PyTorch is against its fastest mode${compile ? '' : '; torch.compile was left out'}. ` +
      "GFLOP/s counts 6 operations for each multiply-add of direct convolutions, of which Winograd's algorithm needs a quarter; " +
      'peak is a multiply-add loop in registers (native or wasm).',
    table(head, rows, ['l', 'r', 'l', 'r', 'r', 'r', 'r', 'r', 'r', 'l']),
    ...reasons,
  ].join('\n\n');
}
