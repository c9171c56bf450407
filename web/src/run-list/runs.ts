/** The list of runs, which is read again while some of them train or have numbers to come. */

import { useEffect } from 'preact/hooks';
import { type RunListing, runsSchema } from '../../../src/server/messages/runs.js';
import { PATHS } from '../../../src/server/paths.js';
import { studio } from '../studio.js';
import { type Loaded, useLoaded } from '../ui/loaded.js';

const ACTIVE_MS = 2000;
const IDLE_MS = 10_000;

export const isActive = ({ state }: RunListing): boolean =>
  state === 'training' || state === 'elsewhere' || state === 'paused';

/** Whether the studio has yet to compute the numbers of a run. */
export const hasNumbersToCome = ({ headlineWork: work }: RunListing): boolean =>
  work !== undefined && work.state !== 'failed';

export function useRuns(): Loaded<{ runs: RunListing[] }> {
  const loaded = useLoaded(PATHS.runs, runsSchema);
  const { data, fault, reload } = loaded;
  const serves = studio.value?.mode === 'server';
  useEffect(() => {
    if (!serves || (!data && !fault)) return;
    const wait = data?.runs.some((run) => isActive(run) || hasNumbersToCome(run)) ? ACTIVE_MS : IDLE_MS;
    const timer = setTimeout(function again() {
      if (document.visibilityState === 'visible') reload();
      else document.addEventListener('visibilitychange', reload, { once: true });
    }, wait);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', reload);
    };
  }, [data, fault, serves]);
  return loaded;
}

/** A run, or the runs of one experiment over several seeds. */
export interface Entry {
  /** Path of the run, or of the directory of several seeds. */
  readonly path: string;
  /** One for a run by itself. */
  readonly runs: readonly RunListing[];
}

/** Seeds of one experiment become one entry, in the place of the first. */
export function entriesOf(runs: readonly RunListing[]): Entry[] {
  const groups = new Map<string, RunListing[]>();
  for (const run of runs) {
    const path = run.seeds ?? run.path;
    const group = groups.get(path);
    if (group) group.push(run);
    else groups.set(path, [run]);
  }
  return [...groups].map(([path, runs]) => ({ path: runs.length === 1 ? runs[0].path : path, runs }));
}

/** Whether all words of a filter occur in what is known about a run. */
export function matches({ path, state, settings }: RunListing, filter: string): boolean {
  const text = [path, state, ...Object.values(settings ?? {})].join(' ').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The mean over the runs of an entry; null if one of them has no value. */
export function meanOf(runs: readonly RunListing[], measure: string) {
  const found = runs.map(({ headline }) => headline?.find((number) => number.measure === measure));
  const [first] = found;
  if (!first) return null;
  const values = found.map((number) => number?.value ?? null);
  const known = values.filter((value) => value !== null);
  const value =
    known.length === values.length ? known.reduce((sum, one) => sum + one, 0) / known.length : null;
  // The null of a mean over seeds is not known from the nulls of the seeds.
  return { ...first, value, permutationNull: runs.length === 1 ? first.permutationNull : null };
}
