import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { connectRedis, redisName } from '../../src/queue/redis.js';
import { hasRedis, type RedisServer, startRedis } from './redis-server.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-redis-'));
const servers: RedisServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
  rmSync(root, { recursive: true });
});

const SECRET = 'do-not-show';

describe('the address of a queue', () => {
  it('is shown without user and password', () => {
    expect(redisName(`redis://:${SECRET}@lab:6379/2`)).toBe('redis://lab:6379/2');
    expect(redisName(`rediss://me:${SECRET}@lab/`)).toBe('rediss://lab');
  });

  it.each(['lab:6379', 'http://lab', 'redis://', `redis:/x:${SECRET}@lab`, 'redis://a b'])(
    '%s is refused',
    (url) => {
      expect(() => redisName(url)).toThrow('not the address of a Redis server');
    },
  );
});

describe.skipIf(!hasRedis())('connectRedis', () => {
  const failure = async (url: string, password?: string) => {
    const error: unknown = await connectRedis({ url, password }).catch((reason) => reason);
    // Neither the message nor what a debugger prints of it.
    expect(inspect(error, { depth: 5 })).not.toContain(SECRET);
    return `${(error as Error).message}\n${(error as { hint?: string }).hint}`;
  };

  it('says that nothing listens', async () => {
    const server = await startRedis();
    await server.close();
    expect(await failure(server.url)).toContain('nothing listens there');
  }, 30_000);

  it('asks for a password, and says that one is wrong', async () => {
    const server = await startRedis({ password: 'right' });
    servers.push(server);
    expect(await failure(server.url)).toContain('LEXEL_QUEUE_PASSWORD');
    expect(await failure(server.url.replace('//', `//:${SECRET}@`))).toContain('LEXEL_QUEUE_PASSWORD');
    expect(await failure(server.url, SECRET)).toContain('LEXEL_QUEUE_PASSWORD');
    const redis = await connectRedis({ url: server.url, password: 'right' });
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });

  it('tells once that the server is gone, and once that it is there again', async () => {
    const server = await startRedis();
    servers.push(server);
    const told: (string | null)[] = [];
    const redis = await connectRedis({ url: server.url, onTrouble: (reason) => told.push(reason) });
    await server.restart();
    await expect.poll(() => told.length).toBe(2);
    expect(told[1]).toBeNull();
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
    expect(told.length).toBe(2);
  });

  it('speaks TLS, and checks the certificate', async () => {
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(root, name));
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const made = spawnSync('openssl', [
      ...request,
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      key,
      '-out',
      cert,
    ]);
    if (made.status !== 0) return console.warn('skipped: TLS (no openssl to make a certificate)');
    const server = await startRedis({ tls: { key, cert } });
    servers.push(server);
    expect(await failure(server.url)).toMatch(/certificate/);
    // Node reads the variable at its start.
    const dist = fileURLToPath(new URL('../../dist/queue/redis.js', import.meta.url));
    const script = `const { connectRedis } = await import(${JSON.stringify(dist)});
      const redis = await connectRedis({ url: ${JSON.stringify(server.url)} });
      console.log(await redis.ping());
      redis.disconnect();`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, NODE_EXTRA_CA_CERTS: cert },
    });
    expect(child.stdout + child.stderr).toBe('PONG\n');
  });
});
