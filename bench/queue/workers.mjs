/** More workers than cores: do they lose anything, and how much time? */
import { join } from 'node:path';
import { interleave, median, medianRatio } from '../lib/stats.mjs';
import { digits } from '../lib/table.mjs';
import { start } from './lib/child.mjs';
import { bitsOf, SHORT } from './lib/experiment.mjs';
import { openPlace } from './lib/place.mjs';

export const title = 'More workers than cores';

export async function measure({ log, quick, rounds, cores }) {
  const what = { ...SHORT, folds: 4 * cores, ...(quick && { epochs: 1 }) };
  const bits = new Map();
  let [lost, twice] = [0, 0];
  const results = await interleave([cores, 2 * cores], quick ? 1 : rounds, async (count) => {
    const place = await openPlace();
    try {
      const { queue, store } = place;
      const dir = join(place.folder, 'run');
      const workers = Array.from({ length: count }, () => start('worker', { queue, store, cores: 1 }));
      const led = await start('coordinator', { queue, store, dir, what }).done();
      const done = await Promise.all(workers.map((worker) => worker.stop()));
      lost += what.folds - led.finished;
      twice += done.reduce((sum, { counts }) => sum + counts.commit.calls, 0) - what.folds;
      for (const id of led.folds) bits.set(id, (bits.get(id) ?? new Set()).add(bitsOf(dir, id)));
      const busy = done.filter(({ first }) => first > 0);
      const from = Math.min(...busy.map(({ first }) => first));
      const seconds = (Math.max(...busy.map(({ last }) => last)) - from) / 1000;
      log(`${count} workers: ${what.folds} folds in ${seconds.toFixed(2)} s`);
      const processor = busy.reduce((sum, one) => sum + one.processor, 0) / what.folds;
      return { rate: what.folds / seconds, processor };
    } finally {
      await place.close();
    }
  });
  const different = [...bits.values()].filter(({ size }) => size > 1).length;
  const [few, many] = results;
  const of = (list, key) => list.map((one) => one[key]);
  const speed = (list) => `${digits(median(of(list, 'rate')), 3)} folds/s`;
  const ratio = (key) => digits(medianRatio(of(many, key), of(few, key)), 2);
  return [
    { what: `${cores} workers of one fold at once`, value: speed(few) },
    { what: `${2 * cores} workers on the same ${cores} cores`, value: speed(many) },
    { what: `ratio, median of ${few.length} pairs`, value: ratio('rate') },
    { what: 'the same in processor time a fold', value: ratio('processor') },
    {
      what: 'lost, trained twice, different bits',
      value: `${lost}, ${twice}, ${different}`,
      limit: '0',
      met: lost + twice + different === 0,
    },
  ];
}
