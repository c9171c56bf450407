// A Redis server of its own and a folder as the store, both removed by `close`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { openStore } from '../../../dist/queue/index.js';
import { connectRedis } from '../../../dist/queue/redis.js';
import { scratch } from '../../lib/scratch.mjs';
import { endWithThis } from './child.mjs';

let places = 0;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  return port;
}

export async function openPlace() {
  const port = await freePort();
  const folder = join(scratch(), `place-${places++}`);
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  );
  endWithThis(server);
  await once(server, 'spawn').catch((error) => {
    throw new Error(`redis-server cannot be started: ${error.message}`);
  });
  const queue = `redis://127.0.0.1:${port}/0`;
  const redis = await connectRedis({ url: queue });
  const store = await openStore(join(folder, 'store'), { make: true });
  return {
    ...{ queue, redis, folder },
    store: join(folder, 'store'),
    objects: store,
    /** @param {string} section of INFO @returns {Promise<Record<string, string>>} */
    async info(section) {
      const lines = (await redis.info(section)).split('\r\n').filter((line) => line.includes(':'));
      return Object.fromEntries(lines.map((line) => line.split(/:(.*)/s).slice(0, 2)));
    },
    /** Processor seconds that Redis has used. */
    async processorSeconds() {
      const { used_cpu_sys: system, used_cpu_user: user } = await this.info('cpu');
      return Number(system) + Number(user);
    },
    async close() {
      redis.disconnect();
      server.kill();
      await once(server, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
