// Training images/s: Lexel native and wasm, PyTorch eager and compiled, on as many threads.
import { fileURLToPath } from 'node:url';
import { buildNetwork, countMultiplyAdds } from '../../dist/nn/index.js';
import { pinned } from '../lib/machine.mjs';
import { Peer } from '../lib/peer.mjs';
import { interleave, median, medianRatio } from '../lib/stats.mjs';
import { digits, percent, rate, table, verdict } from '../lib/table.mjs';
import { torchPeer } from '../lib/torch.mjs';

const script = fileURLToPath(new URL('../peers/lexel.mjs', import.meta.url));
/** Least native / PyTorch by network and threads, where there is a target. */
const TARGETS = { micronet: { 2: 2.5 }, 'efficientnet-b0': { 1: 4, 2: 4 }, 'efficientnet-b0:s1': { 2: 3 } };
/** Seconds until torch.compile must have run its warm-up steps. */
const COMPILE_LIMIT = 300;

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
    for (const { name, start, limit } of candidates(net, network, threads, batch, machine, compile)) {
      const peer = start();
      try {
        await peer.next(limit ?? 120);
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

function candidates(net, network, threads, batch, { lexel, torch }, compile) {
  const ours = (backend, inside, instances) => () => {
    const flags = {
      '--net': net,
      '--backend': backend,
      '--threads': inside,
      '--instances': instances,
      '--batch': batch,
    };
    return new Peer(pinned(threads, process.execPath, [script, ...Object.entries(flags).flat().map(String)]));
  };
  const theirs = (mode, warmup) => () => torchPeer(torch.python, { network, mode, threads, batch, warmup });
  return [
    ...(lexel.backend === 'native' ? [{ name: 'native', start: ours('native', threads, 1) }] : []),
    { name: threads === 1 ? 'wasm' : `wasm, ${threads} networks at once`, start: ours('wasm', 1, threads) },
    ...(torch.python
      ? [
          { name: 'PyTorch eager', start: theirs('eager', 3) },
          ...(compile
            ? [{ name: 'PyTorch compiled', start: theirs('compile', 4), limit: COMPILE_LIMIT }]
            : []),
        ]
      : []),
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
    .filter(({ name }) => name.startsWith('PyTorch'))
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
      const least = c.name === 'native' ? TARGETS[net]?.[threads] : undefined;
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
    `32×32 images, batch ${batch}, AdamW and MSE, 100 outputs; × PyTorch is against ${compile ? 'the faster of eager and compiled' : 'eager'}. ` +
      'GFLOP/s counts 6 operations a multiply-add; peak is a multiply-add loop in registers (native or wasm).',
    table(head, rows, ['l', 'r', 'l', 'r', 'r', 'r', 'r', 'r', 'r', 'l']),
    ...reasons,
  ].join('\n\n');
}
