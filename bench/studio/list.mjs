/** The list of 1,000 runs of five folds, which are copies of the repository's own (docs/results). */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStudio } from '../../dist/server/studio.js';

export const title = 'List of runs';

const RUNS = 1000;
/** Milliseconds. */
const LIMIT = 1000;
const SOURCE = join(import.meta.dirname, '../../docs/results/rotations-poster');

export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'lexel-bench-'));
  try {
    const runsDir = join(folder, 'runs');
    for (let i = 0; i < RUNS; i++) {
      cpSync(join(SOURCE, `seed-${i % 3}`), join(runsDir, `run-${i}`), { recursive: true });
    }
    const studio = await startStudio({ runsDir, port: 0, cacheDir: join(folder, 'cache') });
    const list = async () => {
      const began = performance.now();
      const { runs } = await (await fetch(`${studio.url}api/runs.json`)).json();
      if (runs.length !== RUNS) throw new Error(`${runs.length} runs`);
      return performance.now() - began;
    };
    const row = (what, ms) => ({
      what,
      value: `${Math.round(ms)} ms`,
      limit: `≤ ${LIMIT} ms`,
      met: ms <= LIMIT,
    });
    const rows = [row(`${RUNS} runs, first request`, await list()), row(`${RUNS} runs, again`, await list())];
    await studio.close();
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
