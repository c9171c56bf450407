/**
 * An S3 service for tests, in memory: one bucket, with signatures, conditional writes, lists in pages, and faults on
 * demand. Everything that a test may change while it runs is a property of {@link S3Server}.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { escapeXml } from '../../../src/util/xml.js';
import { type ReceivedRequest, readAuthorization, readQuery, sha256, signatureOf } from './s3-signature.js';

export interface S3ServerOptions {
  /** Default 'folds'. */
  readonly bucket?: string;
  /** Default 'eu-test-1'. */
  readonly region?: string;
  /** Requires this session token. */
  readonly sessionToken?: string;
  /** Address to listen on; default this machine only. */
  readonly host?: string;
}

/** What happens to a request instead of its proper handling. */
export type Fault =
  /** An answer of failure; with `done`, after the request was carried out. */
  | {
      kind: 'answer';
      status: number;
      code: string;
      message?: string;
      done?: boolean;
      headers?: Record<string, string>;
    }
  /** The connection breaks before the request is carried out, or after it: the answer is lost. */
  | { kind: 'cut'; done: boolean }
  /** The proper answer breaks off in the middle of its body. */
  | { kind: 'half' }
  /** A byte of the answer's body is wrong. */
  | { kind: 'damage' }
  /** The answer is late. */
  | { kind: 'slow'; ms: number };

export interface Received {
  readonly method: string;
  /** Empty for lists. */
  readonly key: string;
  /** Counts all requests of the server, from 0. */
  readonly number: number;
}

/** Decides about each request, after its signature has been checked. */
export type FaultSchedule = (request: Received) => Fault | undefined;

export interface StoredObject {
  readonly content: Buffer;
  /** Headers that begin with `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
}

const PAGE = 1000;
const SKEW = 15 * 60_000;

export class S3Server {
  readonly accessKeyId = 'AKIATESTONLY00000001';
  readonly secretAccessKey = 'test/Secret+Key/that-is-never-shown-0001';
  readonly objects = new Map<string, StoredObject>();
  /** Every request that was answered or cut, in order. */
  readonly log: (Received & { readonly status: number; readonly fault?: Fault })[] = [];
  /** Successful PUTs of each key: how often it was written. */
  readonly writes = new Map<string, number>();
  /** Whether `If-None-Match: *` is obeyed, ignored, or refused with 501. */
  conditions: 'obeyed' | 'ignored' | 'refused' = 'obeyed';
  /** Keys in a page of a list. */
  page = PAGE;
  /** Added to the server's clock, in milliseconds. */
  ahead = 0;
  faults: FaultSchedule | undefined;
  /** Called when a key changes, before the answer is sent. */
  onWrite: ((key: string) => void) | undefined;
  /** Called when the first bytes of a body arrive; the others wait for its promise. */
  onUpload: ((key: string) => void | Promise<void>) | undefined;

  readonly bucket: string;
  readonly region: string;
  readonly sessionToken: string | undefined;
  private readonly host: string;
  private readonly server = createServer((request, response) => void this.serve(request, response));
  private requests = 0;

  constructor({ bucket = 'folds', region = 'eu-test-1', sessionToken, host = '127.0.0.1' }: S3ServerOptions) {
    this.bucket = bucket;
    this.region = region;
    this.sessionToken = sessionToken;
    this.host = host;
    // A client that asks first is told early that the object exists.
    this.server.on('checkContinue', (request, response) => void this.serve(request, response));
  }

  async start(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, this.host, done));
    return this;
  }

  get url(): string {
    return `http://${this.host}:${(this.server.address() as AddressInfo).port}`;
  }

  /** The environment with which a client uses this server. */
  get env(): NodeJS.ProcessEnv {
    return {
      AWS_ACCESS_KEY_ID: this.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.secretAccessKey,
      AWS_SESSION_TOKEN: this.sessionToken ?? '',
      AWS_REGION: this.region,
      AWS_ENDPOINT_URL_S3: this.url,
    };
  }

  /** The next requests (of these methods) have these faults; then all is well. */
  failNext(faults: readonly Fault[], methods: readonly string[] = ['GET', 'HEAD', 'PUT', 'DELETE']): void {
    const left = [...faults];
    this.faults = ({ method }) => (methods.includes(method) ? left.shift() : undefined);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, key } = this.keyOf(request);
    const received: Received = { method: request.method ?? '', key, number: this.requests++ };
    const early = request.headers.expect && pathname ? this.exists(request, key) : undefined;
    if (request.headers.expect && !early) response.writeContinue();
    const body = early ? Buffer.alloc(0) : await bodyOf(request, () => this.onUpload?.(key));
    if (body === undefined) return; // the client has gone
    const refused = this.checkSignature(request, early ? undefined : body) ?? this.checkBucket(pathname);
    const fault = refused ? undefined : this.faults?.(received);
    if (fault?.kind === 'slow') await sleep(fault.ms);
    const done = !(fault?.kind === 'answer' || fault?.kind === 'cut') || fault.done;
    let reply = refused ?? (done ? (early ?? this.handle(request, key, body)) : { status: 0 });
    if (fault?.kind === 'answer') {
      reply = {
        ...failure(fault.status, fault.code, fault.message ?? 'A test wants this.'),
        headers: fault.headers,
      };
    }
    this.log.push({ ...received, status: reply.status, fault });
    if (fault?.kind === 'cut') request.socket.destroy();
    else this.send(request, response, reply, fault);
  }

  private send(request: IncomingMessage, response: ServerResponse, reply: Reply, fault?: Fault): void {
    const body = Buffer.from(reply.body ?? '');
    if (fault?.kind === 'damage' && body.length > 0) body[body.length >> 1] ^= 1;
    response.writeHead(reply.status, {
      date: new Date(this.now()).toUTCString(),
      'x-amz-request-id': randomUUID(),
      ...(reply.status === 204 ? {} : { 'content-length': body.length }),
      ...reply.headers,
    });
    if (request.method === 'HEAD') response.end();
    else if (fault?.kind === 'half') {
      response.write(body.subarray(0, body.length >> 1), () => request.socket.destroy());
    } else response.end(body);
  }

  private handle(request: IncomingMessage, key: string, body: Buffer): Reply {
    const stored = this.objects.get(key);
    if (key === '') return request.method === 'GET' ? this.list(request) : failure(405, 'MethodNotAllowed');
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return stored
          ? {
              status: 200,
              headers: { ...stored.metadata, etag: `"${sha256(stored.content).slice(0, 32)}"` },
              body: stored.content,
            }
          : failure(404, 'NoSuchKey', 'The specified key does not exist.');
      case 'PUT':
        return this.exists(request, key) ?? this.write(request, key, body);
      case 'DELETE':
        if (this.objects.delete(key)) this.onWrite?.(key);
        return { status: 204 };
      default:
        return failure(405, 'MethodNotAllowed');
    }
  }

  /** The answer if the request's condition is not met. */
  private exists({ headers }: IncomingMessage, key: string): Reply | undefined {
    const condition = headers['if-none-match'];
    if (condition === undefined || this.conditions === 'ignored') return undefined;
    if (this.conditions === 'refused' || condition !== '*') {
      return failure(
        501,
        'NotImplemented',
        'A header you provided implies functionality that is not implemented',
      );
    }
    return this.objects.has(key)
      ? failure(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
      : undefined;
  }

  private write({ headers }: IncomingMessage, key: string, content: Buffer): Reply {
    const metadata = Object.fromEntries(
      Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-')) as [string, string][],
    );
    this.objects.set(key, { content, metadata });
    this.writes.set(key, (this.writes.get(key) ?? 0) + 1);
    this.onWrite?.(key);
    return { status: 200, headers: { etag: `"${sha256(content).slice(0, 32)}"` } };
  }

  /** ListObjectsV2. A continuation token is opaque: the last key, encoded. */
  private list({ url = '' }: IncomingMessage): Reply {
    const query = new Map(readQuery(url.split('?')[1] ?? ''));
    if (query.get('list-type') !== '2') return failure(400, 'InvalidArgument');
    const [prefix, token] = [query.get('prefix') ?? '', query.get('continuation-token')];
    const after = token === undefined ? '' : Buffer.from(token, 'base64').toString().slice('after '.length);
    const most = Math.min(Number(query.get('max-keys') ?? this.page), this.page);
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const shown = keys.slice(0, most);
    const url_ = query.get('encoding-type') === 'url';
    const encoded = (text: string) =>
      url_ ? encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2F', '/') : text;
    const more = keys.length > most;
    const body = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${this.bucket}</Name><Prefix>${escapeXml(encoded(prefix))}</Prefix><KeyCount>${shown.length}</KeyCount><MaxKeys>${most}</MaxKeys>${
      url_ ? '<EncodingType>url</EncodingType>' : ''
    }<IsTruncated>${more}</IsTruncated>${
      more
        ? `<NextContinuationToken>${Buffer.from(`after ${shown.at(-1)}`).toString('base64')}</NextContinuationToken>`
        : ''
    }${shown
      .map(
        (key) =>
          `<Contents><Key>${escapeXml(encoded(key))}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;${sha256(
            this.objects.get(key)!.content,
          ).slice(
            0,
            32,
          )}&quot;</ETag><Size>${this.objects.get(key)!.content.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
      )
      .join('')}</ListBucketResult>`;
    return { status: 200, headers: { 'content-type': 'application/xml' }, body };
  }

  private keyOf({ url = '' }: IncomingMessage): { pathname: string; key: string } {
    const pathname = url.split('?')[0];
    return { pathname, key: decodeURIComponent(pathname.split('/').slice(2).join('/')) };
  }

  private checkBucket(pathname: string): Reply | undefined {
    return pathname.split('/')[1] === this.bucket
      ? undefined
      : failure(404, 'NoSuchBucket', 'The specified bucket does not exist');
  }

  /** @param body undefined if it was not sent */
  private checkSignature(request: IncomingMessage, body: Buffer | undefined): Reply | undefined {
    const headers = request.headers as Record<string, string | undefined>;
    const authorization = readAuthorization(headers.authorization ?? '');
    if (!authorization) return failure(403, 'AccessDenied', 'Access Denied');
    const { accessKeyId, day, region, signedHeaders } = authorization;
    if (region !== this.region || authorization.service !== 's3') {
      const message = `The authorization header is malformed; the region '${region}' is wrong; expecting '${this.region}'`;
      return failure(400, 'AuthorizationHeaderMalformed', message, `<Region>${this.region}</Region>`);
    }
    if (accessKeyId !== this.accessKeyId) {
      const message = 'The AWS Access Key Id you provided does not exist in our records.';
      return failure(
        403,
        'InvalidAccessKeyId',
        message,
        `<AWSAccessKeyId>${escapeXml(accessKeyId)}</AWSAccessKeyId>`,
      );
    }
    if (this.sessionToken !== undefined && headers['x-amz-security-token'] !== this.sessionToken) {
      return failure(400, 'InvalidToken', 'The provided token is malformed or otherwise invalid.');
    }
    const stamp = headers['x-amz-date'] ?? '';
    const time = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
    if (Number.isNaN(time) || !stamp.startsWith(day)) return failure(403, 'AccessDenied', 'Wrong date');
    if (Math.abs(time - this.now()) > SKEW) {
      return failure(
        403,
        'RequestTimeTooSkewed',
        'The difference between the request time and the current time is too large.',
      );
    }
    const needed = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
    if (needed.some((name) => !signedHeaders.includes(name))) {
      return failure(403, 'AccessDenied', 'There were headers present in the request which were not signed');
    }
    const received: ReceivedRequest = { method: request.method ?? '', target: request.url ?? '', headers };
    const expected = signatureOf(received, authorization, this.secretAccessKey);
    if (expected !== authorization.signature) {
      const message = 'The request signature we calculated does not match the signature you provided.';
      const more = `<AWSAccessKeyId>${accessKeyId}</AWSAccessKeyId><SignatureProvided>${authorization.signature}</SignatureProvided>`;
      return failure(403, 'SignatureDoesNotMatch', message, more);
    }
    if (body && headers['x-amz-content-sha256'] !== sha256(body)) {
      return failure(
        400,
        'XAmzContentSHA256Mismatch',
        'The provided x-amz-content-sha256 header does not match what was computed.',
      );
    }
    return undefined;
  }

  private now(): number {
    return Date.now() + this.ahead;
  }
}

/** Starts a server on a free port of this machine. */
export const startS3Server = (options: S3ServerOptions = {}): Promise<S3Server> =>
  new S3Server(options).start();

const failure = (status: number, code: string, message = code, more = ''): Reply => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message>${more}<RequestId>${randomUUID()}</RequestId></Error>`,
});

/** The whole body; undefined if the client breaks off. */
async function bodyOf(
  request: IncomingMessage,
  onBegin: () => void | Promise<void>,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) {
      if (chunks.length === 0) await onBegin();
      chunks.push(chunk as Buffer);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
