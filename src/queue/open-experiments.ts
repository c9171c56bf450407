/** The experiments that wait for workers, as far as this worker can train them. */
import { join } from 'node:path';
import type { Experiment, RunFile } from '../crossval/index.js';
import { reopenExperiment } from '../crossval/reopen.js';
import type { Dataset } from '../data/index.js';
import type { Fold } from '../train/index.js';
import { LexelError } from '../util/errors.js';
import { VERSION } from '../util/version.js';
import { datasetFromStore } from './dataset-object.js';
import { FoldTaker } from './fold-queue.js';
import { mayPass } from './may-pass.js';
import { announced } from './registry.js';
import { experimentId, StoredExperiment } from './stored-experiment.js';
import { StoreError } from './stores/store-error.js';
import type { WorkerContext } from './worker-context.js';

/** An experiment whose data, words and engine this worker has checked. */
export class OpenExperiment {
  readonly taker: FoldTaker;
  private folds = new Map<string, Fold>();
  attempts = 1;

  constructor(
    context: WorkerContext,
    readonly stored: StoredExperiment,
    readonly experiment: Experiment,
  ) {
    this.taker = new FoldTaker(context.redis, stored.id, context.lockTime);
  }

  /** The planned fold of this id; null if no plan has it. */
  async fold(id: string): Promise<Fold | null> {
    if (!this.folds.has(id)) {
      const { folds, attempts } = await this.stored.plan(); // somebody may have added folds
      this.folds = new Map(folds.map((fold) => [fold.id, fold]));
      this.attempts = attempts;
    }
    return this.folds.get(id) ?? null;
  }

  async close(): Promise<void> {
    await this.taker.close();
  }
}

/** Milliseconds until a worker tries again to open an experiment for which its disk was full. */
const LATER = 3000;

export class OpenExperiments {
  private readonly open = new Map<string, OpenExperiment>();
  /** Why an announced experiment cannot be trained here. */
  readonly refused = new Map<string, string>();
  /** Why an experiment cannot be trained here at present, and when to try again, in milliseconds since the start. */
  private readonly later = new Map<string, { readonly message: string; readonly until: number }>();
  private looking: Promise<void> | null = null;

  constructor(private readonly context: WorkerContext) {}

  /** The experiments that are announced now and that this worker can train, the oldest first. */
  async current(): Promise<OpenExperiment[]> {
    this.looking ??= this.look().finally(() => {
      this.looking = null;
    });
    await this.looking;
    return [...this.open.values()];
  }

  private async look(): Promise<void> {
    const now = await announced(this.context.redis);
    for (const [id, one] of this.open) {
      if (now.has(id)) continue;
      this.open.delete(id);
      // Folds that are being trained keep what they need.
      await one.close();
    }
    for (const id of this.refused.keys()) if (!now.has(id)) this.refused.delete(id);
    for (const [id, { run }] of now) {
      if (this.open.has(id) || this.refused.has(id)) continue;
      if (performance.now() < (this.later.get(id)?.until ?? 0)) continue;
      try {
        const one = await this.prepare(id);
        await one.taker.start();
        this.open.set(id, one);
        this.later.delete(id);
      } catch (error) {
        if (!(error instanceof LexelError) || (error instanceof StoreError && error.temporary)) throw error;
        if (mayPass(error)) {
          this.tryLater(id, error);
          continue;
        }
        const hint = error.hint ? `\n  ${error.hint}` : '';
        this.refused.set(id, error.message);
        this.context.tell(`Not trained here: experiment ${id} (${run}): ${error.message}${hint}`);
      }
    }
  }

  /** Others are trained meanwhile. */
  private tryLater(id: string, { message }: Error): void {
    if (this.later.get(id)?.message !== message) this.context.tell(`waiting: ${message}`);
    this.later.set(id, { message, until: performance.now() + LATER });
  }

  /** Downloads an experiment and checks that this worker would train it to the same bits. @throws LexelError if not */
  private async prepare(id: string): Promise<OpenExperiment> {
    const { store, scratch } = this.context;
    const stored = new StoredExperiment(store, id);
    const run = await stored.run();
    if (run.lexel !== VERSION) {
      throw new LexelError(
        `it was begun with Lexel ${run.lexel}, and this is ${VERSION}`,
        'install the same version on all machines',
      );
    }
    const dir = join(scratch, id);
    await stored.download(dir);
    const experiment = await this.reopen(dir, run);
    if (run.normalisation !== 'fold' || experimentId(run) !== id) {
      const what = run.normalisation === 'fold' ? 'settings' : `normalisation (${run.normalisation})`;
      throw new LexelError(
        `its run.json in ${store.name} was changed: it has other ${what}`,
        'begin it again with lexel loo',
      );
    }
    return new OpenExperiment(this.context, stored, experiment);
  }

  private async reopen(dir: string, run: RunFile): Promise<Experiment> {
    const { store, dataDir, backend } = this.context;
    const shared = this.sharedDataset(run);
    try {
      return await reopenExperiment(dir, { dataDir, backend, dataset: shared });
    } catch (error) {
      if (shared || !(error instanceof LexelError) || error.code === 'LEXEL_DRIFT') throw error;
      // The images are not at hand, or others: the store may have them.
      const dataset = await datasetFromStore(store, run);
      if (!dataset) throw error;
      return reopenExperiment(dir, { dataDir, backend, dataset });
    }
  }

  /** The images of another open experiment, if they are the same in the same order. */
  private sharedDataset(wanted: RunFile): Dataset | undefined {
    const key = ({ dataset }: RunFile) => {
      const { orderedHash, classes, superclasses, superclassOf, size } = dataset;
      return JSON.stringify([orderedHash, classes, superclasses, superclassOf, size]);
    };
    const found = [...this.open.values()].find(({ experiment }) => key(experiment.run) === key(wanted));
    return found?.experiment.dataset;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.open.values()].map((one) => one.close()));
    this.open.clear();
  }
}
