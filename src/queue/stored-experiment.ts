/**
 * An experiment in a store. Its objects, below `<experiment>/`:
 *
 *     run.json, targets.npy, (words.npy)         as in a run directory; run.json is written last
 *     plans/<hash>.json                          the folds that coordinators asked for
 *     claims/<fold>/<token>.json                 one object for each claim of a fold; the highest token holds it
 *     checkpoints/<fold>/<epoch>-<token>.jsonl, .safetensors
 *     files/<fold>/<token>/outputs, model, log   the result of a claim
 *     commits/<fold>.json                        which of them is the fold's result: created once
 *     duplicates/, failures/, poisoned/          what else happened to a fold
 *     cancelled.json                             nothing more is trained
 *
 * Beside the experiments, `experiments/<experiment>.json` lists them.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { comparable } from '../crossval/join.js';
import { RunFile } from '../crossval/run-file.js';
import { writeFileAtomic } from '../formats/atomic.js';
import { FormatError, LexelError } from '../util/errors.js';
import { makeFolder } from '../util/make-folder.js';
import {
  cancelledSchema,
  experimentIdSchema,
  type Plan,
  type Poisoned,
  planSchema,
  readRecord,
  recordBytes,
} from './records.js';
import { StoredFold } from './stored-fold.js';
import { fromKeyPart } from './stores/keys.js';
import type { ObjectStore } from './stores/object-store.js';

/**
 * The name of a run's experiment in stores and queues: a hash of everything that determines the bits of its folds.
 * @returns 16 hexadecimal digits
 */
export function experimentId(run: RunFile): string {
  const { lexel, backend, isa, build, targets } = run;
  // Parsing puts the keys of all runs in the same order.
  const content = [comparable(RunFile.parse(run)), { lexel, backend, isa, build, targets }];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}

/** The files of a run directory that a worker needs. */
const RUN_FILES = ['targets.npy', 'words.npy', 'run.json'] as const;

export class StoredExperiment {
  /** The plans that were read, by key: the key is a hash of the content. */
  private readonly plans = new Map<string, Plan>();

  constructor(
    readonly store: ObjectStore,
    readonly id: string,
  ) {}

  /** The experiments in a store. */
  static async all(store: ObjectStore): Promise<StoredExperiment[]> {
    const keys = await store.list('experiments/');
    const ids = keys.map((key) => key.slice('experiments/'.length).replace(/\.json$/, ''));
    return ids
      .filter((id) => experimentIdSchema.safeParse(id).success)
      .map((id) => new StoredExperiment(store, id));
  }

  key(rest: string): string {
    return `${this.id}/${rest}`;
  }

  /** Puts a run directory's experiment and the folds to train into the store, unless they are there. */
  async publish(dir: string, plan: Plan): Promise<void> {
    for (const name of RUN_FILES) {
      const content = await readFile(join(dir, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' && name === 'words.npy') return null;
        throw error;
      });
      if (content) await this.store.create(this.key(name), content);
    }
    const bytes = recordBytes(plan);
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    await this.store.create(this.key(`plans/${hash}.json`), bytes);
    await this.store.create(`experiments/${this.id}.json`, recordBytes({ time: new Date().toISOString() }));
  }

  /** The folds that were asked for, in the order of the plans. @throws FormatError for a damaged plan */
  async plan(): Promise<Plan> {
    const folds = new Map<string, Plan['folds'][number]>();
    let attempts = 1;
    for (const key of await this.store.list(this.key('plans/'))) {
      const plan = this.plans.get(key) ?? (await readRecord(this.store, key, planSchema));
      if (!plan) continue;
      this.plans.set(key, plan);
      for (const fold of plan.folds) folds.set(fold.id, fold);
      attempts = Math.max(attempts, plan.attempts);
    }
    return { folds: [...folds.values()], attempts };
  }

  /** @throws LexelError if the store has no such experiment; FormatError if its run.json is damaged */
  async run(): Promise<RunFile> {
    const run = await readRecord(this.store, this.key('run.json'), RunFile);
    if (run) return run;
    throw new LexelError(
      `${this.store.name} has no experiment ${this.id}`,
      'give the --store that the experiment was begun with',
      { code: 'LEXEL_NOT_FOUND' },
    );
  }

  /** Writes run.json and the vectors into a directory, as a run directory without results. */
  async download(dir: string): Promise<void> {
    makeFolder(join(dir, 'folds'));
    for (const name of RUN_FILES) {
      const content = await this.store.get(this.key(name));
      if (content) writeFileAtomic(join(dir, name), [content]);
      else if (name !== 'words.npy')
        throw new FormatError(
          `${this.store.name}/${this.key(name)}`,
          'is missing: the experiment is incomplete',
        );
    }
  }

  fold(id: string): StoredFold {
    return new StoredFold(this.store, this.id, id);
  }

  /** Ids of the folds that have a result. */
  async committed(): Promise<Set<string>> {
    return this.foldsBelow('commits/');
  }

  /** Ids of the folds that are not tried again. */
  async givenUp(): Promise<Set<string>> {
    return this.foldsBelow('poisoned/');
  }

  /** The folds that are not tried again. */
  async poisoned(): Promise<Poisoned[]> {
    const records = await Promise.all([...(await this.givenUp())].map((id) => this.fold(id).poisoned()));
    return records.filter((one) => one !== null);
  }

  /** Ids of the folds that have more than one result. */
  async duplicated(): Promise<Set<string>> {
    const keys = await this.store.list(this.key('duplicates/'));
    return new Set(keys.map((key) => fromKeyPart(key.split('/')[2])).filter((id) => id !== null));
  }

  /** Ids of the folds with an object `<below><fold>.json`. */
  private async foldsBelow(below: string): Promise<Set<string>> {
    const prefix = this.key(below);
    const names = (await this.store.list(prefix)).map((key) => key.slice(prefix.length));
    // What has another name is not an object of Lexel.
    const ids = names.map((name) => (name.endsWith('.json') ? fromKeyPart(name.slice(0, -5)) : null));
    return new Set(ids.filter((id) => id !== null));
  }

  async cancel(): Promise<void> {
    await this.store.put(this.key('cancelled.json'), recordBytes({ time: new Date().toISOString() }));
  }

  async isCancelled(): Promise<boolean> {
    return (await readRecord(this.store, this.key('cancelled.json'), cancelledSchema)) !== null;
  }

  async uncancel(): Promise<void> {
    await this.store.delete(this.key('cancelled.json'));
  }
}
