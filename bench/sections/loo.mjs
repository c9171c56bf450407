// How folds scale over cores, compared with what users of other tools would start: n folds on n workers with
// Lexel's own runner, one fold on one core, and n PyTorch processes with one thread on one core each.
import { fileURLToPath } from 'node:url';
import { buildNetwork } from '../../dist/nn/index.js';
import { pinned } from '../lib/machine.mjs';
import { Peer } from '../lib/peer.mjs';
import { isTorch, pythonContenders, pythonPeer } from '../lib/python-peers.mjs';
import { scratch } from '../lib/scratch.mjs';
import { interleave, median, medianRatio } from '../lib/stats.mjs';
import { digits, mebibytes, rate, table, verdict } from '../lib/table.mjs';

const script = fileURLToPath(new URL('../peers/folds.mjs', import.meta.url));
const WORKERS = 2;
/** Required speed of n folds relative to one fold. */
const SCALING = 1.8;
/** Required speed of n folds relative to n PyTorch processes. */
const OVER_TORCH = {
  lite: () => 2,
  micronet: () => 2.75,
  'efficientnet-b0': (isa) => (isa === 'avx512' ? 4 : 6),
};
/** Images of one fold: CIFAR-100 without one class, for the usual 25 epochs. */
const IMAGES_A_FOLD = 49_500 * 25;
const flags = (values) => Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** Length of a turn: about ten seconds per fold, so that the time to start its thread is negligible. */
const LENGTH = {
  lite: { images: 5888, epochs: 20 },
  'efficientnet-b0': { images: 5888, epochs: 4 },
  micronet: { images: 5888, epochs: 1 },
};
/** Seconds per turn of the PyTorch processes. */
const SECONDS = 4;

export const title = 'Folds on two cores';

export async function measure({ nets, batch, rounds, quick, compile, machine, log }) {
  if (machine.cpu.processors < WORKERS) throw new Error(`${WORKERS} processors are required`);
  const results = [];
  for (const net of nets) {
    log(`loo: ${net}`);
    results.push(await measureOne({ net, batch, rounds, quick, compile, machine, log }));
  }
  return { workers: WORKERS, batch, isa: machine.lexel.isa, results };
}

async function measureOne({ net, batch, rounds, quick, compile, machine, log }) {
  const { images, epochs } = quick ? { images: 8 * batch, epochs: 1 } : (LENGTH[net] ?? LENGTH.micronet);
  const started = [];
  const contenders = [];
  const failed = [];
  try {
    for (const folds of [1, WORKERS]) {
      const args = [script, ...flags({ net, workers: folds, images, epochs, batch })];
      const peer = new Peer(pinned(folds, process.execPath, args), { TMPDIR: scratch() });
      started.push(peer);
      await peer.next(120);
      contenders.push({ name: folds, run: () => peer.ask(`run ${folds}`) });
    }
    for (const contender of pythonContenders(machine, compile)) {
      const { name } = contender;
      const network = buildNetwork(net, { outputs: 100 });
      const processes = Array.from({ length: WORKERS }, (_, first) =>
        pythonPeer(contender, { network, threads: 1, batch, first }),
      );
      started.push(...processes.map(({ peer }) => peer));
      try {
        contenders.push({ name, run: await together(processes, batch, quick ? 0.5 : SECONDS) });
      } catch (error) {
        for (const { peer } of processes) peer.kill();
        failed.push({ name, why: error.message });
        log(`  ${name} failed: ${error.message}`);
      }
    }
    if (!quick) await interleave(contenders, 1, ({ run }) => run());
    const runs = await interleave(contenders, rounds, ({ run }) => run());
    const rates = new Map(
      contenders.map(({ name }, i) => [name, runs[i].map((run) => run.images_per_second)]),
    );
    return summarise({ net, images: images * epochs, rates, runs, failed });
  } finally {
    for (const peer of started) await peer.stop();
  }
}

/**
 * Runs all processes at the same time: the images of all divided by the time until the last one has ended.
 */
async function together(processes, batch, seconds) {
  const once = await Promise.all(
    processes.map(async ({ peer, ready }) => {
      await ready();
      return peer.ask('run 2');
    }),
  );
  const slowest = Math.max(...once.map(({ median_ms }) => median_ms));
  const steps = Math.max(2, Math.ceil((seconds * 1000) / slowest));
  return async () => {
    const start = performance.now();
    await Promise.all(processes.map(({ peer }) => peer.ask(`run ${steps}`)));
    const took = (performance.now() - start) / 1000;
    return { images_per_second: (processes.length * steps * batch) / took };
  };
}

function summarise({ net, images, rates, runs, failed }) {
  const [one, all] = [rates.get(1), rates.get(WORKERS)];
  const [memoryOne, memoryAll] = runs.slice(0, 2).map((list) => Math.max(...list.map((run) => run.peak_rss)));
  const peers = [...rates].slice(2).map(([name, perRound]) => ({ name, perRound, rate: median(perRound) }));
  const [fastest = null] = peers.filter(({ name }) => isTorch(name)).sort((a, b) => b.rate - a.rate);
  return {
    net,
    images,
    one: median(one),
    all: median(all),
    perRound: { one, all },
    ratio: medianRatio(all, one),
    cores: median(runs[1].map((run) => run.cores ?? 0)),
    peak: { one: memoryOne, all: memoryAll },
    peers: peers.map((peer) => ({ ...peer, ratio: medianRatio(all, peer.perRound) })),
    fastest: fastest?.name ?? null,
    failed,
  };
}

export function render({ workers, batch, isa, results }) {
  const scaling = table(
    [
      'network',
      'images a fold',
      '1 fold, images/s',
      `${workers} folds, images/s`,
      'ratio',
      'cores used',
      'process peak, MiB',
      'target',
    ],
    results.map(({ net, images, one, all, ratio, cores, peak }) => [
      net,
      images,
      rate(one),
      rate(all),
      digits(ratio, 2),
      digits(cores, 2),
      `${mebibytes(peak.one)} and ${mebibytes(peak.all)}`,
      verdict(`≥ ${SCALING}`, ratio >= SCALING),
    ]),
    ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'l'],
  );
  const hourly = (images) => digits((images * 3600) / IMAGES_A_FOLD, 1);
  const contenders = results.flatMap(({ net, all, peers, fastest }) => [
    [net, `Lexel, ${workers} folds`, rate(all), hourly(all), '', ''],
    ...peers.map(({ name, rate: images, ratio }) => {
      const least = name === fastest ? OVER_TORCH[net]?.(isa) : undefined;
      const target = least ? verdict(`≥ ${least}`, ratio >= least) : '';
      return [net, `${name}, ${workers} processes`, rate(images), hourly(images), digits(ratio, 2), target];
    }),
  ]);
  const reasons = new Set(
    results.flatMap(({ failed }) => failed.map(({ name, why }) => `${name} failed: ${why}`)),
  );
  return [
    `The runner of \`lexel loo\`, the shapes world at batch ${batch}, augmentation and held-out measurement included: ` +
      'one fold held to one core, and two folds on two workers on two cores.',
    scaling,
    ...(results.some(({ peers }) => peers.length > 0)
      ? [
          `The same folds beside ${workers} processes of one thread of each peer, each held to a core of its own, all at once. Theirs are bare training ` +
            'steps on one batch kept at hand: no augmentation, no measurement. Folds an hour are those of 49,500 images and 25 epochs.',
          table(['network', 'contender', 'images/s', 'folds an hour', 'Lexel : it', 'target'], contenders, [
            'l',
            'l',
            'r',
            'r',
            'r',
            'l',
          ]),
        ]
      : []),
    ...reasons,
  ].join('\n\n');
}
