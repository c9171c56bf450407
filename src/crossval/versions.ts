/**
 * Files of other format versions. The names in files of version 1 (Lexel 0.1) are converted to those of version
 * 2, so that no other code handles version 1. Runs of version 1 can be read, reported and compared, but only
 * resumed with the version that began them. Files of later versions are rejected.
 */
import { FORMAT_VERSION } from '../train/schema.js';
import { FormatError, LexelError } from '../util/errors.js';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** run.json: adds the normalisation `data set`, which some writers of version 1 used without recording it. */
export function upgradeRunFile(json: unknown): unknown {
  if (!isObject(json) || json.version !== 1) return json;
  return { ...json, normalisation: json.normalisation ?? 'data set' };
}

/** A line of a fold's log: renames `droppedTwins`, and `cosine` in measures. */
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

/** Tensor names in a fold's outputs: renames `heldout.*` and `features.heldout`. */
export function upgradeTensorName(name: string): string {
  return name.replace(/^heldout\./, 'held_out.').replace(/^features\.heldout$/, 'features.held_out');
}

function renamed(value: unknown, from: string, to: string): unknown {
  if (!isObject(value) || !(from in value)) return value;
  const { [from]: kept, ...rest } = value;
  return { ...rest, [to]: kept };
}

/** The `version` of a JSON object; undefined if there is none. */
export function versionOf(json: unknown): number | undefined {
  return isObject(json) && typeof json.version === 'number' ? json.version : undefined;
}

/** @throws FormatError for a file of a later format version than this Lexel's */
export function refuseLaterVersion(file: string, version: number | undefined): void {
  if (version === undefined || version <= FORMAT_VERSION) return;
  throw new FormatError(
    file,
    `has format version ${version}, but this Lexel reads versions up to ${FORMAT_VERSION}`,
    'a later version of Lexel wrote it; update Lexel',
  );
}

/** @throws LexelError for a run of version 1, which can only be resumed with the version that began it */
export function refuseVersion1(dir: string, run: { readonly version: number; readonly lexel: string }): void {
  if (run.version !== 1) return;
  throw new LexelError(
    `${dir} was begun by an earlier version (lexel ${run.lexel}) and has format version 1`,
    `finish it with that version, or begin another run with --out; report and compare can read it`,
  );
}
