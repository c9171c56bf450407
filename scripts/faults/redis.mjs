// A Redis server that keeps nothing on disk, and can be stopped and started again on the same port.
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { connectRedis } from '../../dist/queue/redis.js';

export const hasRedis = () => spawnSync('redis-server', ['--version']).status === 0;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** @returns url; client: a connection, which waits while the server is down; stop, start, close */
export async function startRedis(host = '127.0.0.1') {
  const port = await freePort();
  const options = [
    '--port',
    `${port}`,
    '--bind',
    host,
    '--save',
    '',
    '--appendonly',
    'no',
    '--protected-mode',
    'no',
  ];
  let child;
  const end = () => child.kill('SIGKILL');
  process.on('exit', end);
  const start = () =>
    new Promise((resolve, reject) => {
      child = spawn('redis-server', options);
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`redis-server ended with code ${code}`)));
      child.stdout.on('data', (text) => `${text}`.includes('Ready to accept connections') && resolve());
    });
  const stop = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      end();
    });
  await start();
  const url = `redis://${host}:${port}/0`;
  const client = await connectRedis({ url });
  return {
    ...{ url, client, start, stop },
    async close() {
      client.disconnect();
      process.off('exit', end);
      await stop();
    },
  };
}
