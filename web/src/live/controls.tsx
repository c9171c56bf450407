/** Stops and resumes a run, if the studio was begun with `--allow-runs`. */

import { useState } from 'preact/hooks';
import { startedSchema } from '../../../src/server/messages/control.js';
import type { RunListing } from '../../../src/server/messages/runs.js';
import { PATHS } from '../../../src/server/paths.js';
import { postJson, SourceError } from '../source.js';
import { studio } from '../studio.js';
import { Fault } from '../ui/states.js';

export function Controls({ run }: { readonly run: RunListing }) {
  const [busy, setBusy] = useState<string | null>(null);
  const [fault, setFault] = useState<SourceError | null>(null);
  if (!studio.value?.allowRuns) return null;
  const act = async (path: string, what: string) => {
    setBusy(what);
    setFault(null);
    try {
      await postJson(path, startedSchema, {});
    } catch (error) {
      setFault(error instanceof SourceError ? error : new SourceError(path, String(error)));
    }
    setBusy(null);
  };
  const trains = run.state === 'training' || run.state === 'paused';
  const stopped = run.state === 'unfinished' || run.state === 'failed';
  return (
    <>
      {trains && (
        <button type="button" disabled={busy !== null} onClick={() => act(PATHS.stop(run.id), 'Stopping …')}>
          {busy ?? 'Stop'}
        </button>
      )}
      {stopped && (
        <button
          type="button"
          disabled={busy !== null}
          onClick={() => act(PATHS.resume(run.id), 'Resuming …')}
        >
          {busy ?? 'Resume'}
        </button>
      )}
      {fault && <Fault fault={fault} />}
    </>
  );
}
