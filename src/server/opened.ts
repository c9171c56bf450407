/** Images and word vectors that were opened last: those of the next job are mostly the same, and opening takes seconds. */

import { imagesOfRun, type Run } from '../crossval/index.js';
import { type NoWords, type RunWords, wordsOfRun } from '../crossval/run-words.js';

/** Keeps the last result and what it was made for. What was not found may be there next time, so it is not kept. */
class Last<Of extends object> {
  private kept: { readonly what: string; readonly found: Promise<Of> } | undefined;

  get(what: unknown, open: () => Promise<Of>): Promise<Of> {
    const key = JSON.stringify(what);
    if (this.kept?.what === key) return this.kept.found;
    const found = open();
    const kept = { what: key, found };
    this.kept = kept;
    const forget = () => {
      if (this.kept === kept) this.kept = undefined;
    };
    found.then((answer) => 'reason' in answer && forget(), forget);
    return found;
  }
}

const images = new Last<Awaited<ReturnType<typeof imagesOfRun>>>();
const words = new Last<RunWords | NoWords>();

/** {@link imagesOfRun} */
export const openImages: typeof imagesOfRun = (dir, run, options) => {
  const { hash, orderedHash, classes, superclasses, superclassOf } = run.dataset;
  const { data, size } = run.config;
  const what = [data, size, hash, orderedHash, classes, superclasses, superclassOf, options];
  return images.get(what, () => imagesOfRun(dir, run, options));
};

/** {@link wordsOfRun} */
export const openWords = (run: Run, dataDir?: string): Promise<RunWords | NoWords> =>
  words.get([run.dir, run.run.targets, run.run.words, run.run.control, dataDir], () =>
    wordsOfRun(run, dataDir),
  );
