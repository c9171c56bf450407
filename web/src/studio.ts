/** What the studio says about itself, read once. */

import { signal } from '@preact/signals';
import { type Studio, studioSchema } from '../../src/server/messages/studio.js';
import { PATHS } from '../../src/server/paths.js';
import { readJson } from './source.js';

/** Null until it is known. */
export const studio = signal<Studio | null>(null);

export function startStudio(): void {
  readJson(PATHS.studio, studioSchema).then(
    (answer) => {
      studio.value = answer;
    },
    () => {
      // The page that is shown meets the same fault and tells it.
    },
  );
}
