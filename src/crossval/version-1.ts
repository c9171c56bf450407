/**
 * Records of format version 1 (Lexel 0.1) under the names of version 2, so that everything else knows these alone. A run of
 * version 1 is read, reported and compared; only the version that began it goes on with it.
 */
import { LexelError } from '../util/errors.js';

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

/** @throws LexelError for a run of version 1, which only the version that began it goes on with */
export function refuseVersion1(dir: string, run: { readonly version: number; readonly lexel: string }): void {
  if (run.version !== 1) return;
  throw new LexelError(
    `${dir} was begun by an earlier version (lexel ${run.lexel}), whose records are of format version 1`,
    `finish it with that version, or begin another run with --out; report and compare read it as it is`,
  );
}
