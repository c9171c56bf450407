// Peak memory of one fold.
import { fileURLToPath } from 'node:url';
import { pinned } from '../lib/machine.mjs';
import { askOnce } from '../lib/peer.mjs';
import { scratch } from '../lib/scratch.mjs';
import { mebibytes, table, verdict } from '../lib/table.mjs';

const script = fileURLToPath(new URL('../peers/memory.mjs', import.meta.url));
/** MiB per fold, without the images, which folds share. */
const TARGETS = { micronet: 500, 'efficientnet-b0': 280, lite: 350 };

export const title = 'Memory of a fold';

export async function measure({ nets, batch, log }) {
  const results = [];
  for (const net of nets) {
    log(`memory: ${net}`);
    results.push(
      await askOnce(pinned(1, process.execPath, [script, net, String(batch)]), { TMPDIR: scratch() }),
    );
  }
  return { batch, results };
}

export function render({ batch, results }) {
  const head = ['network', 'peak less images', 'Node before it', 'arena', 'least possible arena', 'target'];
  const rows = results.map((r) => {
    const own = r.peak - r.images;
    const least = TARGETS[r.net];
    const target = least === undefined ? '' : verdict(`≤ ${least}`, own <= least * 2 ** 20);
    return [r.net, mebibytes(own), ...[r.before, r.arena + r.scratch, r.bound].map(mebibytes), target];
  });
  return [
    `MiB, batch ${batch}, one thread: highest resident memory of a process that runs one fold of three steps, Node itself, ` +
      'predictor, checkpoint and outputs included, less the images.',
    table(head, rows, ['l', 'r', 'r', 'r', 'r', 'l']),
  ].join('\n\n');
}
