/** How long a fold stands still when its worker is killed. */
import { join } from 'node:path';
import { StoredExperiment } from '../../dist/queue/stored-experiment.js';
import { median } from '../lib/stats.mjs';
import { now, start } from './lib/child.mjs';
import { SHORT } from './lib/experiment.mjs';
import { openPlace } from './lib/place.mjs';

export const title = 'A worker is killed';

/** Lock times in seconds, and kills with each. */
const KILLS = [
  [2, 5],
  [10, 5],
  [120, 1],
];

export async function measure({ log, quick }) {
  const rows = [];
  for (const [lockTime, kills] of quick ? [[2, 1]] : KILLS) {
    const times = await killed(lockTime, kills, log);
    const longest = Math.max(...times);
    rows.push({
      what: `lock time ${lockTime} s: until another worker goes on, ${kills === 1 ? 'one kill' : `median and longest of ${kills}`}`,
      value:
        kills === 1 ? `${longest.toFixed(1)} s` : `${median(times).toFixed(1)} s, ${longest.toFixed(1)} s`,
      limit: `≤ ${lockTime} s + one epoch`,
      // What the look for work takes, and the store, is less than an epoch.
      met: longest < lockTime + 1,
    });
  }
  return rows;
}

/** Kills the worker of the only fold again and again, while another one waits. @returns seconds until that one goes on */
async function killed(lockTime, kills, log) {
  const place = await openPlace();
  try {
    const { queue, store } = place;
    const worker = () => start('worker', { queue, store, cores: 1, lockTime });
    const what = { ...SHORT, folds: 1, epochs: 100_000 };
    const led = await start('coordinator', {
      queue,
      store,
      what,
      dir: join(place.folder, 'run'),
      detach: true,
    }).done();
    const fold = new StoredExperiment(place.objects, led.experiment).fold(led.folds[0]);
    const epoch = async () => (await fold.checkpoints())[0]?.epoch ?? 0;
    const training = (one) => one.next(({ type, text }) => type === 'line' && / training/.test(text));
    let active = worker();
    await training(active);
    const times = [];
    for (let kill = 0; kill < kills; kill++) {
      const spare = worker();
      await spare.next('ready');
      const from = await epoch();
      while ((await epoch()) < from + 2) await new Promise((resolve) => setTimeout(resolve, 50));
      const at = now();
      await active.kill();
      const line = await training(spare);
      const kept = Number(/from epoch (\d+)/.exec(line.text)?.[1] ?? 0);
      times.push((line.at - at) / 1000);
      log(
        `lock time ${lockTime} s: ${times.at(-1).toFixed(2)} s; it had kept epoch ${from + 2} or later, and goes on from ${kept}`,
      );
      if (kept < from + 2) throw new Error('the last checkpoint was lost');
      active = spare;
    }
    await active.stop();
    return times;
  } finally {
    await place.close();
  }
}
