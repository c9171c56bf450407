/** Signed requests to one bucket, repeated while that may help, and errors without secrets. */
import { AwsV4Signer } from 'aws4fetch';
import { visible } from '../../util/visible.js';
import { Attempts, type Pauses } from './attempts.js';
import { exchange, type HttpAnswer } from './http-exchange.js';
import { brokenBy, faultOf, isTemporary, meaningOf } from './s3-faults.js';
import type { S3Place } from './s3-place.js';
import { StoreError } from './store-error.js';

export interface S3Options {
  readonly pauses?: Pauses;
  /** Milliseconds without a byte after which a connection counts as broken. Default 30 s. */
  readonly idle?: number;
  /** Ends all calls, which then reject with its reason. */
  readonly signal?: AbortSignal;
}

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Of the bucket; empty for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** The hash of the body in hexadecimal. */
  readonly sha256: string;
  /** Statuses, or codes of faults, that are an answer and not a failure. */
  readonly answers: readonly (number | string)[];
  /** What fails if the request fails: "a/b cannot be read". */
  readonly failing: string;
  /** What is wrong with an answer that arrived damaged. */
  readonly damage?: (answer: HttpAnswer) => Promise<string | undefined>;
}

/** The outcome of one attempt that failed. */
interface Failure {
  readonly problem: string;
  readonly hint?: string;
  readonly temporary: boolean;
  /** Milliseconds that the store asks to wait. */
  readonly wait?: number;
  readonly cause?: unknown;
}

export class S3Client {
  readonly name: string;
  // Private to the language, so that no log of an object shows them.
  readonly #place: S3Place;
  readonly #options: S3Options;

  constructor(place: S3Place, options: S3Options) {
    this.name = place.name;
    this.#place = place;
    this.#options = options;
  }

  /**
   * Sends a request, several times if it fails in a way that may pass.
   * @throws StoreError if there is none of the answers; the reason of the signal
   */
  async ask(request: S3Request): Promise<HttpAnswer> {
    const attempts = new Attempts(this.#options.pauses, this.#options.signal);
    for (;;) {
      const outcome = await this.#attempt(request);
      if ('status' in outcome) return outcome;
      if (!outcome.temporary || !(await attempts.next(outcome.wait))) {
        throw this.error(request.failing, { ...outcome, attempts: attempts.failed });
      }
    }
  }

  /** An error without secrets. */
  error(failing: string, { problem, hint, temporary, cause, attempts = 0 }: Failure & { attempts?: number }) {
    const often = attempts > 1 ? ` (after ${attempts} attempts)` : '';
    return new StoreError(this.name, this.#clean(`${failing}: ${problem}${often}`), {
      hint: hint && this.#clean(hint),
      temporary,
      cause,
    });
  }

  async #attempt(request: S3Request): Promise<HttpAnswer | Failure> {
    const { idle = 30_000, signal } = this.#options;
    let answer: HttpAnswer;
    try {
      const { url, headers } = await this.#sign(request);
      answer = await exchange({ method: request.method, url, headers, body: request.body, idle, signal });
    } catch (error) {
      signal?.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code === undefined) throw error; // a bug
      return { ...brokenBy(error), cause: error };
    }
    if (request.answers.includes(answer.status)) {
      const problem = await request.damage?.(answer);
      return problem === undefined ? answer : { problem, temporary: true };
    }
    const fault = faultOf(answer);
    if (request.answers.includes(fault.code)) return answer;
    const { date, 'retry-after': wait } = answer.headers;
    return {
      ...meaningOf(fault, this.#place.region, date),
      temporary: isTemporary(fault),
      wait: /^\d{1,4}$/.test(wait ?? '') ? 1000 * Number(wait) : 0,
    };
  }

  /** Signs a request for the present time. */
  async #sign({ method, key, query = {}, headers = {}, sha256 }: S3Request) {
    const { bucketUrl, credentials, region } = this.#place;
    const path = key === '' ? '' : `/${key.split('/').map(encodeURIComponent).join('/')}`;
    const search = new URLSearchParams(query).toString();
    const signed = await new AwsV4Signer({
      method,
      url: `${bucketUrl}${path}${search && `?${search}`}`,
      headers: { ...headers, 'x-amz-content-sha256': sha256 },
      ...credentials,
      region,
      service: 's3',
    }).sign();
    const all: Record<string, string> = {};
    signed.headers.forEach((value, name) => {
      all[name] = value;
    });
    return { url: signed.url.toString(), headers: all };
  }

  /** A text from the store as one line, without what only the owner of the credentials may know. */
  #clean(text: string): string {
    const { accessKeyId, secretAccessKey, sessionToken } = this.#place.credentials;
    return [secretAccessKey, sessionToken, accessKeyId].reduce<string>(
      (clean, secret) => (secret ? clean.replaceAll(secret, '***') : clean),
      visible(text),
    );
  }
}
