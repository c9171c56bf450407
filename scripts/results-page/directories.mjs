/** Where the kept runs lie. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seedRuns } from '../../dist/crossval/index.js';

export const results = fileURLToPath(new URL('../../docs/results/', import.meta.url));

/** The directories of a kept run: one, or one per seed. */
export function directoriesOf(name) {
  const dir = join(results, name);
  const seeds = seedRuns(dir);
  return seeds.length > 0 ? seeds.map((seed) => join(dir, seed)) : [dir];
}
