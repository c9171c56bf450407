// Runs one case of a reader and classifies the outcome.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LexelError } from '../../dist/util/errors.js';
import { digest } from './digest.mjs';

/** First uncaught error or unhandled rejection; it counts for the case that is running. */
let stray;
let isCatching = false;
function catchStrays() {
  if (isCatching) return;
  isCatching = true;
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => {
      stray ??= error;
    });
  }
}

/** Creates a folder for the cases' files: in memory where /dev/shm exists, since disk access would otherwise dominate the run time. */
export const scratchFolder = () =>
  mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'lexel-fuzz-'));

/** Prepares a reader: writes its valid files with the project's own writers and stores the digests of their content. */
export async function prepare(name, reader, root) {
  const dir = join(root, name.replaceAll(/\W+/g, '-'));
  mkdirSync(dir, { recursive: true });
  const seeds = [];
  const file = join(dir, reader.file);
  for (const seed of [1, 2]) {
    await reader.write(file, seed, dir);
    seeds.push(readFileSync(file));
    rmSync(file);
  }
  const ready = { reader, dir, file: reader.place?.(dir) ?? file, seeds, contents: new Set() };
  // If the format allows concatenated files, every concatenation of two valid files is valid too.
  const joined = reader.members ? seeds.flatMap((a) => seeds.map((b) => Buffer.concat([a, b]))) : [];
  for (const bytes of [...seeds, ...joined]) {
    // The second file may be refused because it does not match the others, e.g. the record of another run. It then adds no digest.
    const { value, error } = await read(ready, {
      bytes,
      seed: bytes,
      isSealed: true,
      random: { below: () => 1 },
    });
    if (error && bytes === seeds[0]) throw new Error(`${name}: its valid file is refused`, { cause: error });
    if (!error) ready.contents.add(digest(value));
  }
  catchStrays();
  return ready;
}

async function read({ reader, dir, file }, one) {
  if (reader.fresh) {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir);
  }
  writeFileSync(file, one.bytes);
  try {
    return { value: await reader.read(file, { ...one, dir }) };
  } catch (error) {
    return { error: error ?? new Error('the reader threw a value that is not an Error') };
  }
}

/** Resets the peak resident size to the present resident size. @returns whether the system supports this (Linux) */
function resetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}
const resets = resetPeak();
const peak = () => 1024 * process.resourceUsage().maxRSS;

/** Runs a case. Repeats it if it was slow or large, since a busy machine or garbage from earlier cases can cause that; takes the smaller values. */
export async function runCase(ready, one, bounds) {
  const first = await measured(ready, one);
  if (first.ms <= bounds.ms && first.mb <= bounds.mb) return first;
  globalThis.gc?.();
  const second = await measured(ready, one);
  return { ...second, ms: Math.min(first.ms, second.ms), mb: Math.min(first.mb, second.mb) };
}

async function measured(ready, one) {
  stray = undefined;
  if (resets) resetPeak();
  const before = resets ? process.memoryUsage.rss() : peak();
  const start = performance.now();
  const outcome = await read(ready, one);
  const ms = performance.now() - start;
  const mb = Math.max(0, peak() - before) / 2 ** 20;
  await new Promise(setImmediate);
  return { ...judged(ready, one, stray ? { error: stray, stray: true } : outcome), ms, mb };
}

/**
 * @param {any} ready
 * @param {any} one
 * @param {{ value?: unknown, error?: any, stray?: boolean }} outcome
 */
function judged({ reader, contents, file }, one, { value, error }) {
  if (!error) {
    const believed = !one.isSealed && reader.checked?.(one.bytes) && !contents.has(digest(value));
    return { outcome: believed ? 'believed' : 'read', past: true };
  }
  const { name, message, stack } = error;
  const past = !(reader.outer ?? []).some((pattern) => pattern.test(message));
  if (!(error instanceof LexelError)) {
    const at = /\n\s+at (?:.*\()?(?:file:\/\/)?[^\n]*?((?:dist|node_modules|scripts)\/[^\n)]*)/.exec(
      stack ?? '',
    )?.[1];
    return { outcome: 'foreign', past, error: `${name}: ${shown(message)} at ${at}` };
  }
  const isNamed = reader.names ? reader.names.test(message) : message.includes(file);
  return isNamed
    ? { outcome: 'refused', past }
    : { outcome: 'unnamed', past, error: `${name}: ${shown(message)}` };
}

const shown = (message) => JSON.stringify(String(message).slice(0, 160));
