/**
 * A store in a bucket of S3, or of a service that speaks its protocol. An object is created with `If-None-Match: *`: the
 * service stores it only if there is none with its key, and answers 412 otherwise.
 *
 * Unverified: it is tested against a server of its own tests, which checks signatures, breaks connections and loses
 * answers, but has not been run against Amazon's S3 or any other service. `openStore` checks on every start that the
 * service keeps the condition. It cannot check that the service keeps it for writers that arrive at the same moment, as
 * Amazon documents for S3; find that in the documents of another service before you trust it.
 */
import { createHash, randomUUID, webcrypto } from 'node:crypto';
import type { HttpAnswer } from './http-exchange.js';
import { checkKey, checkPrefix, isKey } from './keys.js';
import type { ObjectStore } from './object-store.js';
import { S3Client, type S3Options, type S3Request } from './s3-client.js';
import { readListing } from './s3-listing.js';
import type { S3Place } from './s3-place.js';
import type { StoreError } from './store-error.js';

/** Headers of an object: who wrote it, and what was written. */
const WRITER = 'x-amz-meta-writer';
const CHECKSUM = 'x-amz-meta-sha256';

const NO_BODY = createHash('sha256').digest('hex');

/** Attempts to create an object that others create and delete at the same time. */
const ATTEMPTS = 20;

export class S3Store implements ObjectStore {
  readonly name: string;
  readonly #client: S3Client;
  readonly #prefix: string;

  constructor(place: S3Place, options: S3Options = {}) {
    this.name = place.name;
    this.#client = new S3Client(place, options);
    this.#prefix = place.prefix;
  }

  async get(key: string): Promise<Uint8Array | null> {
    const { status, body } = await this.#client.ask({
      ...this.#request('GET', key),
      answers: [200, 'NoSuchKey'],
      failing: `${key} cannot be read`,
      damage: async ({ headers, body }) => {
        const expected = headers[CHECKSUM];
        if (expected === undefined || expected === (await sha256Of(body))) return undefined;
        return 'its content is not what was written';
      },
    });
    return status === 200 ? body : null;
  }

  async create(key: string, content: Uint8Array): Promise<boolean> {
    const writer = randomUUID();
    const put = await this.#put(key, content, { 'if-none-match': '*', [WRITER]: writer });
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { status } = await this.#client.ask({
        ...put,
        answers: [200, 201, 204, 412, 501],
        failing: `${key} cannot be created`,
      });
      if (status === 501) throw this.#withoutCondition();
      if (status !== 412) return true;
      // The object may be this one: an answer was lost, and the request was sent again, here or by a proxy.
      const { status: found, headers } = await this.#head(key);
      if (found === 200) return headers[WRITER] === writer;
      // It was deleted since.
    }
    throw this.#client.error(`${key} cannot be created`, {
      problem: 'others create and delete it all the time',
      temporary: true,
    });
  }

  async put(key: string, content: Uint8Array): Promise<void> {
    await this.#client.ask({
      ...(await this.#put(key, content, {})),
      answers: [200, 201, 204],
      failing: `${key} cannot be written`,
    });
  }

  async list(prefix: string): Promise<string[]> {
    checkPrefix(prefix);
    const keys: string[] = [];
    const tokens = new Set<string | undefined>();
    let next: string | undefined;
    do {
      const listing = await this.#page(prefix, next);
      for (const key of listing.keys) keys.push(key);
      next = listing.next;
      if (tokens.has(next)) throw this.#notAList(prefix); // it would never end
      tokens.add(next);
    } while (next !== undefined);
    return keys
      .filter((key) => key.startsWith(this.#prefix + prefix))
      .map((key) => key.slice(this.#prefix.length))
      .filter(isKey)
      .sort();
  }

  async delete(key: string): Promise<void> {
    await this.#client.ask({
      ...this.#request('DELETE', key),
      answers: [200, 202, 204, 'NoSuchKey'],
      failing: `${key} cannot be deleted`,
    });
  }

  async #page(prefix: string, token: string | undefined) {
    const { body } = await this.#client.ask({
      method: 'GET',
      key: '',
      query: {
        'list-type': '2',
        'encoding-type': 'url',
        prefix: this.#prefix + prefix,
        ...(token === undefined ? {} : { 'continuation-token': token }),
      },
      sha256: NO_BODY,
      answers: [200],
      failing: `${prefix || 'the store'} cannot be listed`,
    });
    const listing = readListing(body.toString());
    if (!listing) throw this.#notAList(prefix);
    return listing;
  }

  #head(key: string): Promise<HttpAnswer> {
    return this.#client.ask({
      ...this.#request('HEAD', key),
      answers: [200, 404],
      failing: `${key} cannot be created`,
    });
  }

  #request(method: S3Request['method'], key: string) {
    checkKey(key);
    return { method, key: this.#prefix + key, sha256: NO_BODY };
  }

  /** @param content must not change until the object is written */
  async #put(key: string, content: Uint8Array, headers: Record<string, string>) {
    const request = this.#request('PUT', key);
    const sha256 = await sha256Of(content);
    return { ...request, body: content, sha256, headers: { ...headers, [CHECKSUM]: sha256 } };
  }

  #withoutCondition(): StoreError {
    return this.#client.error('objects cannot be created safely', {
      problem:
        'the service does not implement If-None-Match for PUT, so two machines could take the same work without noticing',
      hint: 'Use a newer version of the service, one that implements conditional writes, or a shared folder.',
      temporary: false,
    });
  }

  #notAList(prefix: string): StoreError {
    return this.#client.error(`${prefix || 'the store'} cannot be listed`, {
      problem: 'the answer is not a list of objects',
      hint: 'Is AWS_ENDPOINT_URL_S3 the address of an S3 service?',
      temporary: false,
    });
  }
}

/** Computed in another thread, because 200 MB take a while. */
const sha256Of = async (content: Uint8Array) =>
  Buffer.from(await webcrypto.subtle.digest('SHA-256', content)).toString('hex');
