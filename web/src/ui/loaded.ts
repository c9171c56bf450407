/** Data of a page from the source, with its states: loading, there, or failed. */

import { useEffect, useState } from 'preact/hooks';
import type * as z from '../../../src/util/zod.js';
import { readJson, SourceError } from '../source.js';

export interface Loaded<Of> {
  /** The last answer for this path; null while the first one is loaded. */
  readonly data: Of | null;
  /** Why the last request failed. */
  readonly fault: SourceError | null;
  readonly reload: () => void;
}

interface State<Of> {
  readonly path: string | null;
  readonly data: Of | null;
  readonly fault: SourceError | null;
}

/** Reads a file below `api/`, again for another path or a reload. @param path null: nothing is read */
export function useLoaded<Of>(path: string | null, schema: z.ZodType<Of>): Loaded<Of> {
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<State<Of>>({ path: null, data: null, fault: null });
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    readJson(path, schema, stop.signal).then(
      (data) => setState({ path, data, fault: null }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const fault = error instanceof SourceError ? error : new SourceError(path, String(error));
        setState((before) => ({ path, data: before.path === path ? before.data : null, fault }));
      },
    );
    return () => stop.abort();
  }, [path, schema, turn]);
  const current = state.path === path;
  return {
    data: current ? state.data : null,
    fault: current ? state.fault : null,
    reload: () => setTurn((before) => before + 1),
  };
}
