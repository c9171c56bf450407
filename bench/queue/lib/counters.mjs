// Counts calls of methods, and the time that they take, in this process.

/**
 * @typedef {{ calls: number, ms: number, longest: number, bytes: number }} Count
 */

export class Counters {
  /** @type {Record<string, Count>} */
  counts = {};

  /**
   * Replaces methods of a class by ones that count.
   * @param {any} type
   * @param {Record<string, (...args: any[]) => number>} methods by name: the bytes of a call
   * @param {string} [prefix] of the names in `counts`
   */
  watch(type, methods, prefix = '') {
    for (const [name, bytesOf] of Object.entries(methods)) {
      const original = type.prototype[name];
      if (typeof original !== 'function') throw new Error(`${type.name} has no method ${name}`);
      const count = { calls: 0, ms: 0, longest: 0, bytes: 0 };
      this.counts[`${prefix}${name}`] = count;
      type.prototype[name] = async function (...args) {
        const began = performance.now();
        count.calls++;
        count.bytes += bytesOf(...args);
        try {
          return await original.apply(this, args);
        } finally {
          const took = performance.now() - began;
          count.ms += took;
          count.longest = Math.max(count.longest, took);
        }
      };
    }
  }
}

const none = () => 0;

/** What is asked of a store, by operation. */
export const STORE = {
  get: none,
  list: none,
  delete: none,
  create: (_key, content) => content.length,
  put: (_key, content) => content.length,
};

/** Adds up the counters of several processes. @param {readonly Record<string, Count>[]} all */
export function total(all) {
  /** @type {Record<string, Count>} */
  const sum = {};
  for (const counts of all)
    for (const [name, { calls, ms, longest, bytes }] of Object.entries(counts)) {
      sum[name] ??= { calls: 0, ms: 0, longest: 0, bytes: 0 };
      sum[name].calls += calls;
      sum[name].ms += ms;
      sum[name].bytes += bytes;
      sum[name].longest = Math.max(sum[name].longest, longest);
    }
  return sum;
}
