// A Redis server for tests, fault schedules and benchmarks, on a free port and without a disk. Its types are in
// redis-server.d.mts.
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

export const hasRedis = () => spawnSync('redis-server', ['--version']).status === 0;

function freePort(host) {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, host, () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** @param {import('./redis-server.mjs').RedisServerOptions} [options] */
export async function startRedis({ password, tls, host = '127.0.0.1' } = {}) {
  const port = await freePort(host);
  const listen = tls
    ? {
        port: 0,
        'tls-port': port,
        'tls-key-file': tls.key,
        'tls-cert-file': tls.cert,
        'tls-auth-clients': 'no',
      }
    : { port };
  const options = {
    ...listen,
    bind: host,
    save: '',
    appendonly: 'no',
    ...(password && { requirepass: password }),
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  let child;
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  const start = () =>
    new Promise((resolve, reject) => {
      child = spawn('redis-server', args);
      child.on('error', (error) => reject(new Error(`redis-server cannot be started: ${error.message}`)));
      child.on('exit', (code) => reject(new Error(`redis-server ended with code ${code}`)));
      child.stdout.on('data', (text) => `${text}`.includes('Ready to accept connections') && resolve());
    });
  const stop = () =>
    new Promise((resolve) => {
      child.once('exit', () => resolve());
      kill();
    });
  await start();
  return {
    url: tls ? `rediss://localhost:${port}/0` : `redis://${host}:${port}/0`,
    start,
    stop,
    async restart() {
      await stop();
      await start();
    },
    hang: () => child.kill('SIGSTOP'),
    async close() {
      process.off('exit', kill);
      await stop();
    },
  };
}
