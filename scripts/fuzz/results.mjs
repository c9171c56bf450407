// Adds up the results of several campaigns in a JSON file, so that many cases can be run in pieces.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Counts that are maxima; all others are sums. */
const MAXIMA = ['ms', 'mb'];

/** Adds counts to others, by reader. */
export function addCounts(into, counts) {
  for (const [name, own] of counts) {
    const sum = into.get(name) ?? {};
    for (const [key, value] of Object.entries(own)) {
      sum[key] = MAXIMA.includes(key) ? Math.max(sum[key] ?? 0, value) : (sum[key] ?? 0) + value;
    }
    into.set(name, sum);
  }
}

const read = (file) =>
  existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { pieces: [], counts: {}, faults: [] };

/** @returns whether a file has results of this seed from this case on, of the same reader or of all */
export const hasPiece = (file, { seed, first, reader = 'all' }) =>
  read(file).pieces.some(
    (piece) =>
      piece.seed === seed &&
      piece.first === first &&
      (piece.reader === reader || piece.reader === 'all' || reader === 'all'),
  );

/**
 * Adds a campaign to a file.
 * @param piece seed, first case, reader (default: all), and seconds that it took
 * @returns pieces, counts (by reader) and faults of all campaigns in the file
 */
export function addPiece(file, { reader = 'all', ...piece }, counts, faults) {
  const before = read(file);
  const all = new Map(Object.entries(before.counts));
  addCounts(all, counts);
  const results = {
    pieces: [...before.pieces, { ...piece, reader }],
    counts: Object.fromEntries(all),
    faults: [...before.faults, ...faults.map((fault) => ({ ...fault, seed: piece.seed }))],
  };
  writeFileSync(`${file}.new`, `${JSON.stringify(results, null, 1)}\n`);
  renameSync(`${file}.new`, file); // whole or not at all
  return { ...results, counts: all };
}
