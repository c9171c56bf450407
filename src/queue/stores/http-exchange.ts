/** One request and its whole answer over HTTP. Redirects are not followed, because a signature is valid for one host. */
import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { Agent as HttpsAgent, request as secureRequest } from 'node:https';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Milliseconds without a byte after which the connection counts as broken. */
  readonly idle: number;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The body is larger: first ask whether it is wanted, so that it is not sent in vain. */
const LARGE = 1 << 20;

/** Milliseconds to wait for an answer to that, as some servers give none. */
const ASKED = 1000;

const agents = {
  http: new HttpAgent({ keepAlive: true, maxSockets: 32 }),
  https: new HttpsAgent({ keepAlive: true, maxSockets: 32 }),
};

/**
 * Sends a request and receives the answer, whatever its status.
 * @throws the system's error if the connection breaks, with code ETIMEDOUT if nothing happens; the reason of `signal`
 */
export async function exchange({
  method,
  url,
  headers,
  body,
  idle,
  signal,
}: HttpRequest): Promise<HttpAnswer> {
  signal?.throwIfAborted();
  const secure = url.startsWith('https:');
  const asks = body !== undefined && body.length > LARGE;
  const sent = (secure ? secureRequest : request)(url, {
    method,
    headers: {
      ...headers,
      ...(body === undefined ? {} : { 'content-length': body.length }),
      ...(asks ? { expect: '100-continue' } : {}),
    },
    agent: secure ? agents.https : agents.http,
    timeout: idle,
    signal,
  });
  sent.on('timeout', () => sent.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
  // Once the answer has begun, its body reports errors.
  sent.on('error', () => {});
  const timer = asks ? setTimeout(() => sent.end(body), ASKED) : undefined;
  if (asks) {
    sent.once('continue', () => {
      clearTimeout(timer);
      if (!sent.writableEnded) sent.end(body);
    });
    sent.flushHeaders();
  } else {
    sent.end(body);
  }
  try {
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    clearTimeout(timer);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await bodyOf(answer, method) };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    // The connection cannot be used again without the body that was announced.
    if (!sent.writableEnded) sent.destroy();
  }
}

async function bodyOf(answer: IncomingMessage, method: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const content = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  const announced = answer.headers['content-length'];
  if (method !== 'HEAD' && announced !== undefined && Number(announced) !== content.length) {
    throw Object.assign(new Error('the answer is cut off'), { code: 'ECONNRESET' });
  }
  return content;
}
