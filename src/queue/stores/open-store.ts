/** Opens a store by its path or address, and checks that only one of several writers can create an object there. */
import { randomUUID } from 'node:crypto';
import { UsageError } from '../../util/errors.js';
import { makeFolder } from '../../util/make-folder.js';
import { visible } from '../../util/visible.js';
import { FolderStore } from './folder-store.js';
import type { ObjectStore } from './object-store.js';
import type { S3Options } from './s3-client.js';
import { s3Place } from './s3-place.js';
import { StoreError } from './store-error.js';

export interface OpenStoreOptions {
  /** Creates the folder if it is missing. Default false, so that a drive that is not mounted is noticed. */
  readonly make?: boolean;
  /** Environment with the credentials of S3 (see s3-place.ts). Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Of S3: how long to repeat requests, when a connection counts as broken, and a signal that ends all calls. */
  readonly s3?: S3Options;
}

/**
 * Opens a store and probes it.
 * @param where a folder, or `s3://bucket/prefix`
 * @throws UsageError for other places; StoreError if the store cannot be used, or cannot create an object only once;
 *   SystemError if the folder cannot be made
 */
export async function openStore(where: string, options: OpenStoreOptions = {}): Promise<ObjectStore> {
  const store = await connect(where, options);
  await probe(store);
  return store;
}

async function connect(
  where: string,
  { make, env = process.env, s3 }: OpenStoreOptions,
): Promise<ObjectStore> {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(where) ?? [];
  if (scheme === 's3') {
    const { S3Store } = await import('./s3-store.js');
    return new S3Store(s3Place(where, env), s3);
  }
  if (scheme !== undefined || where === '') {
    throw new UsageError(
      where === '' ? 'a store needs a place' : `${visible(scheme)}://… cannot be a store`,
      'Give a folder that all machines share, or s3://bucket/prefix. The address of an S3 service is read from AWS_ENDPOINT_URL_S3.',
    );
  }
  if (make) makeFolder(where);
  const store = new FolderStore(where);
  await store.check();
  return store;
}

/**
 * Creates an object twice.
 * @throws StoreError unless the second attempt fails and leaves the object as it was
 */
async function probe(store: ObjectStore): Promise<void> {
  const key = `probe/${randomUUID()}`;
  try {
    await createTwice(store, key);
  } catch (error) {
    await store.delete(key).catch(() => {}); // the first error says more
    throw error;
  }
  await store.delete(key);
}

async function createTwice(store: ObjectStore, key: string): Promise<void> {
  const [first, second] = [Buffer.from('first'), Buffer.from('second')];
  if (!(await store.create(key, first))) {
    throw new StoreError(store.name, 'it has an object that was never created');
  }
  const again = await store.create(key, second);
  const content = await store.get(key);
  if (!again && content !== null && first.equals(content)) return;
  throw new StoreError(
    store.name,
    'an object is created although it exists, so two machines could take the same work without noticing',
    { hint: 'Use a service that implements conditional writes (If-None-Match), or a shared folder.' },
  );
}
