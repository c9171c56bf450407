// How folds scale over cores: n folds on n workers against one fold on one core, through Lexel's own runner.
import { fileURLToPath } from 'node:url';
import { pinned } from '../lib/machine.mjs';
import { Peer } from '../lib/peer.mjs';
import { scratch } from '../lib/scratch.mjs';
import { interleave, median, medianRatio } from '../lib/stats.mjs';
import { digits, mebibytes, rate, table, verdict } from '../lib/table.mjs';

const script = fileURLToPath(new URL('../peers/folds.mjs', import.meta.url));
const TARGET = 1.8;
const WORKERS = 2;
const flags = (values) => Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** What one fold trains in a turn: some ten seconds, beside which the start of its thread is small. */
const LENGTH = {
  lite: { images: 5888, epochs: 4 },
  'efficientnet-b0': { images: 5888, epochs: 1 },
  micronet: { images: 1536, epochs: 1 },
};

export const title = 'Folds on two cores';

export async function measure({ nets, batch, rounds, quick, machine, log }) {
  if (machine.cpu.processors < WORKERS) throw new Error(`${WORKERS} processors are needed`);
  const results = [];
  for (const net of nets) {
    log(`loo: ${net}`);
    const { images, epochs } = quick ? { images: 8 * batch, epochs: 1 } : (LENGTH[net] ?? LENGTH.micronet);
    const contenders = [1, WORKERS].map((folds) => ({
      folds,
      peer: new Peer(
        pinned(folds, process.execPath, [script, ...flags({ net, workers: folds, images, epochs, batch })]),
        {
          TMPDIR: scratch(),
        },
      ),
    }));
    try {
      for (const { peer } of contenders) await peer.next(120);
      const ask = ({ peer, folds }) => peer.ask(`run ${folds}`);
      if (!quick) await interleave(contenders, 1, ask);
      const runs = await interleave(contenders, rounds, ask);
      const [one, all] = runs.map((list) => list.map((run) => run.images_per_second));
      const [memoryOne, memoryAll] = runs.map((list) => Math.max(...list.map((run) => run.peak_rss)));
      results.push({
        net,
        images: images * epochs,
        one: median(one),
        all: median(all),
        perRound: { one, all },
        ratio: medianRatio(all, one),
        cores: median(runs[1].map((run) => run.cores ?? 0)),
        peak: { one: memoryOne, all: memoryAll },
      });
    } finally {
      for (const { peer } of contenders) await peer.stop();
    }
  }
  return { workers: WORKERS, batch, results };
}

export function render({ workers, batch, results }) {
  const head = [
    'network',
    'images a fold',
    '1 fold, images/s',
    `${workers} folds, images/s`,
    'ratio',
    'cores used',
    'process peak, MiB',
    'target',
  ];
  const rows = results.map(({ net, images, one, all, ratio, cores, peak }) => [
    net,
    images,
    rate(one),
    rate(all),
    digits(ratio, 2),
    digits(cores, 2),
    `${mebibytes(peak.one)} and ${mebibytes(peak.all)}`,
    verdict(`≥ ${TARGET}`, ratio >= TARGET),
  ]);
  return [
    `The runner of \`lexel loo\`, the shapes world at batch ${batch}, augmentation and held-out measurement included: ` +
      'one fold held to one core, and two folds on two workers on two cores.',
    table(head, rows, ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'l']),
  ].join('\n\n');
}
