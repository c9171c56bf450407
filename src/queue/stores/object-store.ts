/**
 * What the queue needs of a store: named objects, one of which can be created by only one of several processes. Everything
 * else (claims, fencing tokens, results that are committed once) is built on {@link ObjectStore.create}.
 */

/**
 * Objects by key. A key has parts of letters, digits and `._-+@=`, joined by `/`; a part does not start or end with a dot.
 * See `keyPart` for other names. A key is not the beginning of another's parts: beside `a` there is no `a/b`. An object is
 * there whole or not at all, whenever a writer is interrupted. After `create` or `put` has resolved, every process sees
 * the object. If one of them rejects, the object may have been written all the same.
 *
 * All methods reject with a StoreError if the store cannot be reached or refuses, after retries where these may help.
 */
export interface ObjectStore {
  /** The store for messages: a path or a URL, without secrets. */
  readonly name: string;
  /** The object's content, or null if there is none. */
  get(key: string): Promise<Uint8Array | null>;
  /** Creates an object. @returns false if the key exists already; the object there is left as it is */
  create(key: string, content: Uint8Array): Promise<boolean>;
  /** Creates or replaces an object. */
  put(key: string, content: Uint8Array): Promise<void>;
  /** The keys that begin with `prefix`, in the order of their characters. A prefix ends with `/`, or is empty. */
  list(prefix: string): Promise<string[]>;
  /** Deletes an object, if it is there. */
  delete(key: string): Promise<void>;
}
