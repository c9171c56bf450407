/** A Redis server of the test's own, on a free port, without a disk. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

export interface RedisServer {
  readonly url: string;
  /** Ends the server and starts it again, empty. */
  restart(): Promise<void>;
  /** From now on the server accepts connections, but does not answer. */
  hang(): void;
  close(): Promise<void>;
}

/** Whether redis-server is installed; prints a message if not. */
export function hasRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return true;
  console.warn('skipped: redis-server is not installed');
  return false;
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, host, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export interface RedisServerOptions {
  /** The server asks for it. */
  readonly password?: string;
  /** Files of a key and its certificate: the server speaks TLS only. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Address to listen on, with a password; default this machine only. */
  readonly host?: string;
}

export async function startRedis({
  password,
  tls,
  host = '127.0.0.1',
}: RedisServerOptions = {}): Promise<RedisServer> {
  const port = await freePort(host);
  let child: ChildProcess;
  const start = () =>
    new Promise<void>((resolve, reject) => {
      const listen = tls
        ? [
            '--port',
            '0',
            '--tls-port',
            `${port}`,
            '--tls-key-file',
            tls.key,
            '--tls-cert-file',
            tls.cert,
            '--tls-auth-clients',
            'no',
          ]
        : ['--port', `${port}`];
      const options = [...listen, '--bind', host, '--save', '', '--appendonly', 'no'];
      child = spawn('redis-server', [...options, ...(password ? ['--requirepass', password] : [])]);
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`redis-server ended with code ${code}`)));
      child.stdout?.on('data', (text) => `${text}`.includes('Ready to accept connections') && resolve());
    });
  const stop = () =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  await start();
  return {
    url: tls ? `rediss://localhost:${port}/0` : `redis://${host}:${port}/0`,
    async restart() {
      await stop();
      await start();
    },
    hang() {
      child.kill('SIGSTOP');
    },
    close: stop,
  };
}
