/**
 * Records of other format versions. Those of version 1 (Lexel 0.1) are put under the names of version 2, so that everything
 * else knows these alone: a run of version 1 is read, reported and compared, and only the version that began it goes on with
 * it. Those of later versions are refused.
 */
import { FORMAT_VERSION } from '../train/index.js';
import { FormatError, LexelError } from '../util/errors.js';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** run.json: earlier writers normalised with the whole data set, and did not say so. Its version stays 1. */
export function upgradeRunFile(json: unknown): unknown {
  if (!isObject(json) || json.version !== 1) return json;
  return { ...json, normalisation: json.normalisation ?? 'data set' };
}

/** A line of a fold's log: `droppedTwins`, and `cosine` in measures. */
export function upgradeLogLine(json: unknown): unknown {
  if (!isObject(json)) return json;
  if (json.type === 'start') return renamed(json, 'droppedTwins', 'droppedDuplicates');
  if (json.type !== 'epoch') return json;
  const measures = (value: unknown) => renamed(value, 'cosine', 'centredCosine');
  const { heldOut, classes } = json;
  return {
    ...json,
    heldOut: measures(heldOut),
    classes: Array.isArray(classes) ? classes.map(measures) : classes,
  };
}

/** Tensors of a fold's outputs: `heldout.*` and `features.heldout`. */
export function upgradeTensorName(name: string): string {
  return name.replace(/^heldout\./, 'held_out.').replace(/^features\.heldout$/, 'features.held_out');
}

function renamed(value: unknown, from: string, to: string): unknown {
  if (!isObject(value) || !(from in value)) return value;
  const { [from]: kept, ...rest } = value;
  return { ...rest, [to]: kept };
}

/** What a record says of its version; undefined where it says nothing. */
export function versionOf(json: unknown): number | undefined {
  return isObject(json) && typeof json.version === 'number' ? json.version : undefined;
}

/** @throws FormatError for a file of a later version than this one's */
export function refuseLaterVersion(file: string, version: number | undefined): void {
  if (version === undefined || version <= FORMAT_VERSION) return;
  throw new FormatError(
    file,
    `is of format version ${version}, and this Lexel reads up to ${FORMAT_VERSION}`,
    'a later Lexel wrote it: update this one',
  );
}

/** @throws LexelError for a run of version 1, which only the version that began it goes on with */
export function refuseVersion1(dir: string, run: { readonly version: number; readonly lexel: string }): void {
  if (run.version !== 1) return;
  throw new LexelError(
    `${dir} was begun by an earlier version (lexel ${run.lexel}), whose records are of format version 1`,
    `finish it with that version, or begin another run with --out; report and compare read it as it is`,
  );
}
