/** All runs below the folder that the studio was started with. */

import { signal } from '@preact/signals';
import { type RunListing, runsSchema } from '../../../src/server/messages/runs.js';
import { PATHS } from '../../../src/server/paths.js';
import { readJson, type SourceError } from '../source.js';

const runs = signal<readonly RunListing[] | null>(null);
const fault = signal<SourceError | null>(null);

readJson(PATHS.runs, runsSchema).then(
  (answer) => {
    runs.value = answer.runs;
  },
  (error: SourceError) => {
    fault.value = error;
  },
);

export default function RunsPage() {
  if (fault.value)
    return (
      <p role="alert">
        {fault.value.message}. {fault.value.hint}
      </p>
    );
  if (runs.value === null) return <p class="quiet">Loading…</p>;
  return (
    <ul>
      {runs.value.map(({ id, path, state }) => (
        <li key={id}>
          {path}: {state}
        </li>
      ))}
    </ul>
  );
}
