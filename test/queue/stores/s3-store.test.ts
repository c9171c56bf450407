import { once } from 'node:events';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/queue/stores/open-store.js';
import type { S3Options } from '../../../src/queue/stores/s3-client.js';
import { readListing } from '../../../src/queue/stores/s3-listing.js';
import { s3Place } from '../../../src/queue/stores/s3-place.js';
import { S3Store } from '../../../src/queue/stores/s3-store.js';
import type { StoreError } from '../../../src/queue/stores/store-error.js';
import { itIsAStore, type Place, startProgram, text } from './contract.js';
import { type Fault, type S3Server, startS3Server } from './s3-server.js';
import { thrownBy } from './thrown-by.js';

let server: S3Server;
let stores = 0;
beforeAll(async () => {
  server = await startS3Server();
});
afterEach(() => {
  server.faults = undefined;
  server.onWrite = undefined;
  server.onUpload = undefined;
  server.conditions = 'obeyed';
  server.page = 1000;
  server.ahead = 0;
});
afterAll(() => server.close());

const place = (): Place => ({ where: `s3://folds/store-${stores++}`, env: server.env });

/** Short pauses, and patience for a busy machine. */
const QUICK: S3Options = { pauses: { pause: 5 } };
/** Gives up soon. */
const HASTY: S3Options = { pauses: { patience: 300, pause: 5 }, idle: 300 };

const quick = (env: NodeJS.ProcessEnv = {}, where = place().where, options = QUICK) =>
  new S3Store(s3Place(where, { ...server.env, ...env }), options);
/** Another store of the last place. */
const again = (options = QUICK) => quick({}, `s3://folds/store-${stores - 1}`, options);

itIsAStore('S3', async () => place());

describe('a list in pages', () => {
  itIsAStore('S3, three keys at a time', async () => {
    server.page = 3;
    return place();
  });

  it('of several thousand keys is whole', async () => {
    const store = quick();
    const prefix = `store-${stores - 1}/`;
    const keys = Array.from({ length: 2500 }, (_, i) => `n/${i}`).sort();
    for (const key of [...keys, 'a b', 'x&<y>', '.hidden', 'plus+=@']) {
      server.objects.set(prefix + key, { content: Buffer.alloc(0), metadata: {} });
    }
    expect(await store.list('')).toEqual([...keys, 'plus+=@'].sort());
    server.objects.clear();
  });
});

describe('faults that pass', () => {
  const unavailable: Fault = { kind: 'answer', status: 503, code: 'SlowDown' };
  const faults: [string, Fault][] = [
    ['503', unavailable],
    ['500', { kind: 'answer', status: 500, code: 'InternalError' }],
    [
      '500 after the request was carried out',
      { kind: 'answer', status: 500, code: 'InternalError', done: true },
    ],
    ['429', { kind: 'answer', status: 429, code: 'TooManyRequests', headers: { 'retry-after': '0' } }],
    ['400 RequestTimeout', { kind: 'answer', status: 400, code: 'RequestTimeout' }],
    ['a conflict', { kind: 'answer', status: 409, code: 'ConditionalRequestConflict' }],
    ['a broken connection', { kind: 'cut', done: false }],
    ['a lost answer', { kind: 'cut', done: true }],
  ];

  it.each(faults)('%s: all operations succeed', async (_name, fault) => {
    const store = quick();
    server.failNext([fault, fault], ['PUT']);
    expect(await store.create('a/1', Buffer.from('one'))).toBe(true);
    expect(await again().create('a/1', Buffer.from('two'))).toBe(false);
    server.failNext([fault, fault]);
    expect(text(await store.get('a/1'))).toBe('one');
    server.failNext([fault, fault]);
    expect(await store.list('')).toEqual(['a/1']);
    server.failNext([fault]);
    await store.put('a/1', Buffer.from('three'));
    expect(text(await store.get('a/1'))).toBe('three');
    server.failNext([fault, fault]);
    await store.delete('a/1');
    expect(await store.get('a/1')).toBeNull();
  });

  it.each(faults)('%s: the loser of a race stays the loser', async (_name, fault) => {
    const [store, other] = [quick(), again()];
    await other.create('a', Buffer.from('other'));
    server.failNext([fault, fault]);
    expect(await store.create('a', Buffer.from('mine'))).toBe(false);
    expect(text(await store.get('a'))).toBe('other');
  });

  it.each([
    ['half of it', { kind: 'half' }],
    ['a wrong byte', { kind: 'damage' }],
  ] as const)('an object of which %s arrives is read again', async (_name, fault) => {
    const store = quick();
    await store.put('a', Buffer.from('the whole content'));
    const before = server.log.length;
    server.failNext([fault, fault]);
    expect(text(await store.get('a'))).toBe('the whole content');
    expect(server.log.length - before).toBe(3);
    await store.put('b', Buffer.from('b'));
    server.failNext([{ kind: 'half' }]);
    expect(await store.list('')).toEqual(['a', 'b']);
  });

  it('a request whose answer comes too late is repeated', async () => {
    const store = quick({}, place().where, { ...QUICK, idle: 1500 });
    server.failNext([{ kind: 'slow', ms: 2500 }]);
    expect(await store.create('a', Buffer.from('one'))).toBe(true);
    expect(text(await store.get('a'))).toBe('one');
    // The late request was carried out too, and has changed nothing.
    await expect.poll(() => server.log.filter(({ fault }) => fault?.kind === 'slow').length).toBe(1);
    expect(server.writes.get(`store-${stores - 1}/a`)).toBe(1);
  });

  it('an object that was deleted between the answer and the look is created again', async () => {
    const store = quick();
    const key = `store-${stores - 1}/a`;
    await again().create('a', Buffer.from('other'));
    server.faults = ({ method }) => {
      if (method === 'HEAD') server.objects.delete(key);
      return undefined;
    };
    expect(await store.create('a', Buffer.from('mine'))).toBe(true);
    expect(text(await store.get('a'))).toBe('mine');
  });

  it('many writers on a bad network: one of them creates, and it knows', async () => {
    const all: Fault[] = [...faults.map(([, fault]) => fault), { kind: 'half' }];
    server.faults = ({ number }) => (number % 3 === 0 ? undefined : all[(number * 7) % 13]);
    const where = place().where;
    for (let round = 0; round < 15; round++) {
      const handles = Array.from({ length: 6 }, () => quick({}, where));
      const key = `race/${round}`;
      const created = await Promise.all(handles.map((store, i) => store.create(key, Buffer.from(`${i}`))));
      expect(created.filter(Boolean)).toHaveLength(1);
      expect(text(await handles[0].get(key))).toBe(String(created.indexOf(true)));
      expect(server.writes.get(`${where.slice('s3://folds/'.length)}/${key}`)).toBe(1);
    }
  });

  it('a large object is not sent if it exists', async () => {
    const store = new S3Store(s3Place(place().where, server.env));
    const content = Buffer.alloc(24 << 20, 'lexel');
    let sent = 0;
    server.onUpload = () => {
      sent++;
    };
    expect(await store.create('weights', content)).toBe(true);
    expect(await store.create('weights', Buffer.alloc(24 << 20, 'other'))).toBe(false);
    expect(sent).toBe(1);
    expect(content.equals((await store.get('weights'))!)).toBe(true);
    await store.delete('weights');
  });
});

describe('a failure that stays', () => {
  it('of the service ends after the time for attempts, and may be temporary', async () => {
    const store = quick({}, place().where, HASTY);
    server.faults = () => ({
      kind: 'answer',
      status: 503,
      code: 'SlowDown',
      message: 'Please reduce your rate',
    });
    const start = performance.now();
    const error = await thrownBy(store.create('a', Buffer.from('x')));
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(error).toMatchObject({ temporary: true, code: 'LEXEL_STORE', store: store.name });
    expect(error.message).toMatch(
      /^s3:\/\/folds\/store-\d+ at 127\.0\.0\.1:\d+: a cannot be created: the store answers 503 SlowDown: Please reduce your rate \(after \d+ attempts\)$/,
    );
    const calls = [store.get('a'), store.put('a', Buffer.from('x')), store.list(''), store.delete('a')];
    for (const thrown of await Promise.all(calls.map(thrownBy))) expect(thrown.temporary).toBe(true);
  });

  it('of the network: nothing answers, or never', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as { port: number };
    await new Promise((done) => closed.close(done));
    const refused = await thrownBy(
      quick({ AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` }, place().where, HASTY).get('a'),
    );
    expect(refused.message).toMatch(
      /: a cannot be read: nothing answers at its address \(after \d+ attempts\)$/,
    );
    expect(refused.temporary).toBe(true);

    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as { port: number }).port}`;
    const late = await thrownBy(quick({ AWS_ENDPOINT_URL_S3: url }, place().where, HASTY).get('a'));
    expect(late).toMatchObject({ temporary: true });
    expect(late.message).toContain('a cannot be read: no answer in time');
    const secure = await thrownBy(
      quick({ AWS_ENDPOINT_URL_S3: server.url.replace('http', 'https') }).get('a'),
    );
    expect(secure).toMatchObject({ temporary: false });
    expect(secure.message).toContain('it does not speak TLS; is the endpoint http:// instead of https://?');
    silent.close();
  });

  it('ends when the signal does, with its reason', async () => {
    const stop = new AbortController();
    const store = new S3Store(s3Place(place().where, server.env), { signal: stop.signal });
    await store.put('a', Buffer.from('x'));
    server.faults = () => ({ kind: 'answer', status: 503, code: 'SlowDown' });
    const pausing = store.get('a');
    setTimeout(() => stop.abort(new Error('enough')), 300);
    await expect(pausing).rejects.toThrow('enough');
    await expect(store.get('a')).rejects.toThrow('enough');

    server.faults = () => ({ kind: 'slow', ms: 3000 });
    const hung = new AbortController();
    const waiting = new S3Store(s3Place(place().where, server.env), { signal: hung.signal }).get('a');
    setTimeout(() => hung.abort(new Error('enough')), 100);
    const start = performance.now();
    await expect(waiting).rejects.toThrow('enough');
    expect(performance.now() - start).toBeLessThan(2800);
  });

  it.each<[string, NodeJS.ProcessEnv, string, string, RegExp]>([
    [
      'an unknown key',
      { AWS_ACCESS_KEY_ID: 'AKIAOTHER' },
      'folds',
      'the store does not know the access key',
      /^Check AWS_ACCESS/,
    ],
    [
      'a wrong secret',
      { AWS_SECRET_ACCESS_KEY: 'wrong-secret-of-the-test' },
      'folds',
      'the secret key does not belong to the access key',
      /^Check AWS_ACCESS/,
    ],
    [
      'another region',
      { AWS_REGION: 'us-west-9' },
      'folds',
      'the bucket is in another region: eu-test-1, not us-west-9',
      /^Set AWS_REGION=eu-test-1\.$/,
    ],
    ['a missing bucket', {}, 'other', 'there is no such bucket', /^Create it, or check/],
  ])('%s: is explained at once', async (_name, env, bucket, problem, hint) => {
    const where = `s3://${bucket}/x`;
    const before = server.log.length;
    const error = await thrownBy(quick(env, where).get('a'));
    expect(server.log.length - before).toBe(1);
    expect(error.message).toMatch(
      new RegExp(`^${where} at 127\\.0\\.0\\.1:\\d+: a cannot be read: ${problem}$`),
    );
    expect(error.hint).toMatch(hint);
    expect(error.temporary).toBe(false);
    expect((await thrownBy(openStore(where, { env: { ...server.env, ...env } }))).problem).toContain(problem);
    expect(await thrownBy(quick(env, where).list(''))).toMatchObject({ temporary: false });
  });

  it.each([
    [37 * 60_000, 'the clock of this machine is 37 minutes behind the store’s'],
    [-180 * 60_000, 'the clock of this machine is 180 minutes ahead of the store’s'],
  ])('a wrong clock: %d', async (ahead, problem) => {
    server.ahead = ahead;
    const error = await thrownBy(quick().get('a'));
    expect(error.problem).toBe(`a cannot be read: ${problem.replace('’', "'")}`);
    expect(error.hint).toBe('Set the clock, for example with NTP.');
  });

  it.each([
    ['AccessDenied', 403, 'these credentials may not do that'],
    ['ExpiredToken', 400, 'the credentials have expired'],
    ['PermanentRedirect', 301, 'the bucket is not in the region eu-test-1'],
    ['EntityTooLarge', 400, 'the object is larger than the store allows'],
    ['Strange', 418, 'the store answers 418 Strange: A test wants this.'],
    ['NotFound', 404, 'the store answers 404 NotFound: A test wants this.'],
    ['Odd', 403, 'the store refuses (403 Odd: A test wants this.)'],
  ])('%s: is explained', async (code, status, problem) => {
    server.faults = () => ({ kind: 'answer', status, code });
    const error = await thrownBy(quick().put('a', Buffer.from('x')));
    expect(error).toMatchObject({ problem: `a cannot be written: ${problem}`, temporary: false });
    // A missing object is only what the store calls so.
    expect(await thrownBy(quick().get('a'))).toMatchObject({ temporary: false });
  });

  it('an answer that is no list is refused', async () => {
    const store = quick();
    await store.put('a', Buffer.from('x'));
    server.faults = () => ({ kind: 'answer', status: 200, code: 'Welcome' });
    expect(await thrownBy(store.list(''))).toMatchObject({
      problem: 'the store cannot be listed: the answer is not a list of objects',
      temporary: false,
    });
  });
});

describe('readListing', () => {
  it('refuses what is longer than a service sends, before it fills the memory', () => {
    const listOf = (entries: number) =>
      `<ListBucketResult><IsTruncated>false</IsTruncated>${'<Contents><Key>a/b.json</Key></Contents>'.repeat(entries)}</ListBucketResult>`;
    expect(readListing(listOf(1000))?.keys).toHaveLength(1000);
    expect(readListing(listOf(250_000))).toBeUndefined();
  });

  const list = (inner: string) =>
    `<?xml version="1.0"?>\n<ListBucketResult xmlns="x">${inner}</ListBucketResult>\n`;
  const end = '<IsTruncated>false</IsTruncated>';
  it('reads keys, encoded or not', () => {
    const contents =
      '<Contents><Key>a%2Bb+c</Key><Size>1</Size></Contents><Contents><Key>d&amp;e</Key></Contents>';
    expect(readListing(list(contents + end))).toEqual({ keys: ['a%2Bb+c', 'd&e'], next: undefined });
    expect(readListing(list(`<EncodingType>url</EncodingType>${contents}${end}`))?.keys).toEqual([
      'a+b c',
      'd&e',
    ]);
    const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>a/+=&amp;</NextContinuationToken>';
    expect(readListing(list(more))).toEqual({ keys: [], next: 'a/+=&' });
  });

  it.each([
    ['nothing', ''],
    ['another document', '<html><body>Welcome</body></html>'],
    ['a list that is cut off', list(`<Contents><Key>a</Key></Contents>${end}`).slice(0, -20)],
    ['a list without an end', list('<Contents><Key>a</Key></Contents>')],
    ['a list with too few keys', list(`<KeyCount>2</KeyCount><Contents><Key>a</Key></Contents>${end}`)],
    ['a page without a token', list('<IsTruncated>true</IsTruncated>')],
    [
      'a key that is wrongly encoded',
      list(`<EncodingType>url</EncodingType><Contents><Key>%E4</Key></Contents>${end}`),
    ],
  ])('refuses %s', (_name, xml) => expect(readListing(xml)).toBeUndefined());
});

describe('the probe', () => {
  it('leaves nothing', async () => {
    const at = place();
    await openStore(at.where, at);
    expect(await (await openStore(at.where, at)).list('')).toEqual([]);
  });

  it('refuses a service that ignores the condition', async () => {
    server.conditions = 'ignored';
    const at = place();
    const error = await thrownBy(openStore(at.where, at));
    expect(error.message).toMatch(
      /: an object is created although it exists, so two machines could take the same work without noticing$/,
    );
    expect(error.hint).toMatch(/conditional writes \(If-None-Match\), or a shared folder\.$/);
    expect([...server.objects.keys()].filter((key) => key.includes('probe'))).toEqual([]);
  });

  it('refuses a service that does not know the condition', async () => {
    server.conditions = 'refused';
    const at = place();
    const error = await thrownBy(openStore(at.where, at));
    expect(error.message).toMatch(
      /: objects cannot be created safely: the service does not implement If-None-Match/,
    );
    expect(error.hint).toMatch(/^Use a newer version of the service/);
    expect(error.temporary).toBe(false);
  });
});

describe('secrets', () => {
  it('are in no error and in no view of a store, even if the service repeats them', async () => {
    const token = 'session/Token+of-the-test==';
    const strict = await startS3Server({ sessionToken: token });
    const env = { ...strict.env };
    const secrets = [strict.secretAccessKey, strict.accessKeyId, token, 'wrong-secret-of-the-test'];
    const seen: unknown[] = [];
    const gather = async (call: Promise<unknown>) => seen.push(await call.catch((error: unknown) => error));
    const opened = new S3Store(s3Place('s3://folds/x', env), HASTY);
    await opened.put('a', Buffer.from('x'));
    seen.push(opened);
    for (const change of [
      {},
      { AWS_SECRET_ACCESS_KEY: secrets[3] },
      { AWS_REGION: 'other' },
      { AWS_SESSION_TOKEN: 'x' },
    ]) {
      await gather(new S3Store(s3Place('s3://other/x', { ...env, ...change }), HASTY).get('a'));
    }
    const leak = [...secrets, 'AWS4-HMAC-SHA256 Signature='].join(' and ');
    for (const status of [403, 500, 418]) {
      strict.faults = () => ({ kind: 'answer', status, code: 'Leak', message: leak });
      await gather(opened.create('a', Buffer.from('x')));
      await gather(openStore('s3://folds/x', { env, s3: HASTY }));
    }
    strict.faults = () => ({ kind: 'cut', done: false });
    await gather(opened.list(''));
    await strict.close();
    await gather(opened.get('a'));
    for (const bad of [
      { AWS_SECRET_ACCESS_KEY: `${secrets[0]}\n` },
      { AWS_ACCESS_KEY_ID: '' },
      { AWS_ENDPOINT_URL_S3: `http://${secrets[1]}:${secrets[3]}@host` },
      { AWS_ENDPOINT_URL_S3: secrets[0] },
    ]) {
      await gather(openStore('s3://folds/x', { env: { ...env, ...bad } }));
    }
    await gather(openStore(`s3://${secrets[1]}:${secrets[3]}@folds/x`, { env }));
    expect(seen.filter((one) => one instanceof Error)).toHaveLength(seen.length - 1);
    for (const one of seen) {
      const shown = [
        inspect(one, { depth: Infinity, showHidden: true }),
        JSON.stringify(one),
        String(one),
        (one as Error).stack ?? '',
        (one as StoreError).hint ?? '',
      ].join('\n');
      for (const secret of secrets.slice(0, 3)) expect(shown).not.toContain(secret);
      if (!shown.includes(' and ')) expect(shown).not.toContain(secrets[3]);
    }
  });
});

describe('the place of an S3 store', () => {
  const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  it.each<[string, NodeJS.ProcessEnv, string, string, string]>([
    [
      's3://my-bucket/runs/a',
      { AWS_REGION: 'eu-west-1' },
      'https://my-bucket.s3.eu-west-1.amazonaws.com',
      'runs/a/',
      's3://my-bucket/runs/a',
    ],
    ['s3://my-bucket', {}, 'https://my-bucket.s3.us-east-1.amazonaws.com', '', 's3://my-bucket'],
    [
      's3://my.bucket/',
      { AWS_DEFAULT_REGION: 'eu-west-1' },
      'https://s3.eu-west-1.amazonaws.com/my.bucket',
      '',
      's3://my.bucket',
    ],
    [
      's3://my-bucket',
      { AWS_REGION: 'cn-north-1' },
      'https://my-bucket.s3.cn-north-1.amazonaws.com.cn',
      '',
      's3://my-bucket',
    ],
    [
      's3://my-bucket/a/',
      { AWS_ENDPOINT_URL: 'https://minio.example:9000/' },
      'https://minio.example:9000/my-bucket',
      'a/',
      's3://my-bucket/a at minio.example:9000',
    ],
    [
      's3://b-1',
      { AWS_ENDPOINT_URL: 'http://x', AWS_ENDPOINT_URL_S3: 'http://host/storage/s3' },
      'http://host/storage/s3/b-1',
      '',
      's3://b-1 at host',
    ],
  ])('%s with %j', (where, more, bucketUrl, prefix, name) => {
    expect(s3Place(where, { ...env, ...more })).toMatchObject({ bucketUrl, prefix, name });
  });

  it.each<[string, NodeJS.ProcessEnv, string]>([
    ['s3://', {}, 'names no bucket'],
    ['s3://ab', {}, 'names no bucket'],
    ['s3://bucket/a//b', {}, 'cannot be a store'],
    ['s3://bucket/../b', {}, 'cannot be a store'],
    ['s3://key:secret@bucket/b', {}, 'has the form s3://bucket/prefix'],
    ['s3://bucket', { AWS_ACCESS_KEY_ID: '' }, 'an S3 store needs credentials: AWS_ACCESS_KEY_ID is not set'],
    [
      's3://bucket',
      { AWS_ENDPOINT_URL: 'minio:9000' },
      'AWS_ENDPOINT_URL is not the address of an S3 service',
    ],
    [
      's3://bucket',
      { AWS_ENDPOINT_URL_S3: 'ftp://x' },
      'AWS_ENDPOINT_URL_S3 is not the address of an S3 service',
    ],
    ['s3://bucket', { AWS_REGION: 'eu west' }, 'AWS_REGION is no region'],
    ['s3://bucket', { AWS_SECRET_ACCESS_KEY: 'a b' }, 'the S3 credentials contain a space'],
  ])('%s with %j: refused', (where, more, message) => {
    expect(() => s3Place(where, { ...env, ...more })).toThrow(message);
    expect(() => s3Place(where, { ...env, ...more })).toThrow(
      expect.objectContaining({ name: 'UsageError' }),
    );
  });
});

it('a writer that is killed leaves no object', async () => {
  const at = place();
  const child = startProgram(at, `await store.create('big', new Uint8Array(32 << 20));`, null);
  const ended = once(child, 'exit');
  let cut = '';
  server.onUpload = async (key) => {
    if (!key.endsWith('/big')) return;
    child.kill('SIGKILL');
    await ended;
    cut = key;
  };
  expect((await ended)[1]).toBe('SIGKILL');
  await expect.poll(() => cut).toBe(`${at.where.slice('s3://folds/'.length)}/big`);
  server.onUpload = undefined;
  const store = await openStore(at.where, at);
  expect(await store.list('')).toEqual([]);
  expect(await store.create('big', Buffer.from('x'))).toBe(true);
});
