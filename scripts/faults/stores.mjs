// The store of a schedule: a folder, or a bucket of an S3 service in memory. A store can be slow, fail, and lose answers for a while.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import { openStore } from '../../dist/queue/stores/open-store.js';

const SERVER = fileURLToPath(new URL('../../test/queue/stores/s3-server.ts', import.meta.url));

/**
 * @returns where: its place for the command line; env: what processes need in their environment; open: opens it; folder: its folder, if it has one;
 *   disturb: lets it be slow (by `slow` milliseconds at most) and fail until it is called again with `slow: 0`; close
 */
export async function newStore(kind, root) {
  return kind === 's3' ? bucket() : folder(join(root, 'store'));
}

/** Processes disturb their folder themselves (inject.mjs), so that one sees it fail while another does not. */
function folder(where) {
  mkdirSync(where, { recursive: true });
  return { where, folder: where, env: {}, open: () => openStore(where), close: async () => {} };
}

async function bucket() {
  const { module } = await runnerImport(SERVER, { configFile: false, logLevel: 'silent' });
  const server = await module.startS3Server();
  const where = `s3://${server.bucket}/faults`;
  return {
    ...{ where, env: server.env },
    open: () => openStore(where, { env: { ...process.env, ...server.env } }),
    disturb({ slow }) {
      server.faults = slow > 0 ? () => drawFault(slow) : undefined;
    },
    close: () => server.close(),
  };
}

function drawFault(slow) {
  const chance = Math.random();
  if (chance < 0.1) return { kind: 'answer', status: 503, code: 'SlowDown' };
  if (chance < 0.15) return { kind: 'cut', done: false };
  if (chance < 0.25) return { kind: 'cut', done: true };
  return { kind: 'slow', ms: slow * Math.random() };
}
