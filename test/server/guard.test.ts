/** Who is answered, and how wrong requests are. */

import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { faultSchema, studioSchema } from '../../src/server/messages/studio.js';
import { ask, makeRun, studioOf, temporaryFolder } from './support.js';

const runs = temporaryFolder();
let url: string;
let open: string;
beforeAll(async () => {
  makeRun(runs, 'one');
  ({ url } = await studioOf(runs));
  ({ url: open } = await studioOf(runs, { host: '0.0.0.0' }));
});

const statusOf = async (base: string, path: string, headers: Record<string, string> = {}) =>
  (await ask(base, path, { headers })).status;

describe('every answer', () => {
  it('has headers that keep other sites out and allow threads', async () => {
    for (const path of ['/', '/api/studio.json', '/api/none', '/none']) {
      const { headers } = await ask(url, path);
      expect(headers['content-security-policy']).toContain(
        "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:",
      );
      expect(headers['content-security-policy']).not.toMatch(/https?:|\*/);
      expect(headers).toMatchObject({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('is a JSON fault if there is nothing to answer', async () => {
    for (const [path, method, status] of [
      ['/none', 'GET', 404],
      ['/api/none.json', 'GET', 404],
      ['/api/runs/..%2f..%2fetc/folds.json', 'GET', 404],
      ['/../../../../etc/passwd', 'GET', 404],
      ['/%2e%2e/%2e%2e/package.json', 'GET', 404],
      ['/assets/..%5c..%5cpackage.json', 'GET', 404],
      ['/%', 'GET', 404],
      ['/%00', 'GET', 404],
      ['/api/runs/%ff/folds.json', 'GET', 404],
      ['/api/runs.json', 'POST', 405],
      ['/api/runs.json', 'DELETE', 405],
      ['/', 'PUT', 405],
      ['/none', 'OPTIONS', 405],
    ] as const) {
      const answer = await ask(url, path, { method });
      expect([path, answer.status]).toEqual([path, status]);
      expect(faultSchema.parse(answer.json()).message).not.toBe('');
      if (status === 405) expect(answer.headers.allow).toBe('GET, HEAD');
    }
  });

  it('to HEAD is as to GET, without a body', async () => {
    for (const path of ['/', '/api/runs.json']) {
      const { status, text, headers } = await ask(url, path, { method: 'HEAD' });
      expect([status, text]).toEqual([200, '']);
      expect(headers['content-type']).toBe((await ask(url, path)).headers['content-type']);
    }
  });

  it('to what is no HTTP closes the connection', async () => {
    const { port } = new URL(url);
    const text = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.end('GET / HTTP/9\r\n\r\n'));
      let heard = '';
      socket.on('data', (chunk) => {
        heard += chunk;
      });
      socket.on('close', () => resolve(heard));
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(await statusOf(url, `/${'a'.repeat(100_000)}`)).toBe(431);
    expect(await statusOf(url, '/')).toBe(200);
  });
});

describe('a studio on this machine alone', () => {
  const host = () => new URL(url).host;

  it('answers to its own names only', async () => {
    const { port } = new URL(url);
    for (const name of [host(), `localhost:${port}`, `[::1]:${port}`, `127.0.0.2:${port}`])
      expect(await statusOf(url, '/', { host: name })).toBe(200);
    for (const name of [
      'evil.example',
      `evil.example:${port}`,
      `localhost.evil.example:${port}`,
      '192.168.0.2',
    ])
      expect([name, await statusOf(url, '/api/runs.json', { host: name })]).toEqual([name, 403]);
  });

  it('answers no other site, but may be linked from one', async () => {
    const path = '/api/runs.json';
    expect(await statusOf(url, path, { origin: `http://${host()}` })).toBe(200);
    for (const origin of [
      'http://evil.example',
      'https://evil.example',
      'null',
      `https://${host()}`,
      'http://localhost',
    ])
      expect([origin, await statusOf(url, path, { origin })]).toEqual([origin, 403]);
    expect(await statusOf(url, path, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(
      403,
    );
    expect(await statusOf(url, '/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(
      200,
    );
    expect(await statusOf(url, path, { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' })).toBe(
      200,
    );
  });

  it('says what it is', async () => {
    const { json } = await ask(url, '/api/studio.json');
    expect(studioSchema.parse(json())).toMatchObject({ mode: 'server', allowRuns: false, runsDir: runs });
  });
});

describe('a studio that other machines can reach', () => {
  it('needs its token, which becomes a cookie', async () => {
    const { searchParams, port } = new URL(open);
    const token = searchParams.get('token')!;
    expect(token).toMatch(/^[\w-]{43}$/);
    const base = `http://127.0.0.1:${port}/`;
    for (const path of ['/', '/api/runs.json', '/?token=', `/?token=${token.slice(1)}`, `/?token=${token}x`])
      expect([path, await statusOf(base, path)]).toEqual([path, 401]);
    const first = await ask(base, `/?a=b&token=${token}`);
    expect([first.status, first.headers.location]).toEqual([303, '/?a=b']);
    const [set] = first.headers['set-cookie']!;
    expect(set).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    const cookie = set.split(';')[0];
    expect(await statusOf(base, '/api/runs.json', { cookie })).toBe(200);
    expect(await statusOf(base, '/api/runs.json', { cookie: `${cookie}x` })).toBe(401);
  });

  it('answers to addresses and its own name, to no other name', async () => {
    const { searchParams, port } = new URL(open);
    const path = `/?token=${searchParams.get('token')}`;
    const base = `http://127.0.0.1:${port}/`;
    expect(await statusOf(base, path, { host: `192.168.0.2:${port}` })).toBe(303);
    expect(await statusOf(base, path, { host: `evil.example:${port}` })).toBe(403);
  });
});
