// A Redis server of its own and a folder as the store, both removed by `close`.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../../dist/queue/index.js';
import { connectRedis } from '../../../dist/queue/redis.js';
import { startRedis } from '../../../scripts/redis-server.mjs';
import { scratch } from '../../lib/scratch.mjs';

let places = 0;

export async function openPlace() {
  const folder = join(scratch(), `place-${places++}`);
  const server = await startRedis();
  const queue = server.url;
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
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
