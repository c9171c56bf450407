// The processes of a schedule: workers in slots, each replaced when it ends, and coordinators, which are started again until they are done.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clearDisk, mountDisk, unmountDisk } from '../crash/disk.mjs';
import { start } from '../crash/processes.mjs';

/** Seconds after which the fold of a dead worker goes on elsewhere. */
export const LOCK_TIME = 2;

/** Milliseconds after which a process counts as hung. */
const PATIENCE = 900_000;

/** Size of the disk for a worker's folds in training, in MB. */
const DISK = 8;

const INJECT = new URL('./inject.mjs', import.meta.url).href;

/** One process: what was done to it, and how it ended. */
class Life {
  /** The worker or coordinator that it is. */
  slot = 0;
  /** Names of the events that it went through. */
  done = [];
  end = null;
  began = Date.now();
  /** When it was asked to end, and when it has ended, in milliseconds since 1970. */
  asked = undefined;
  endedAt = 0;

  constructor(args, root, control, { folder, env: more }) {
    this.control = control;
    this.tell({});
    const env = {
      ...{ ...more, LEXEL_FAULTS: control, NODE_OPTIONS: `--import ${INJECT}` },
      ...(folder && { LEXEL_FAULTS_STORE: folder }),
    };
    this.process = start(args, root, { env, patience: PATIENCE });
  }

  /** What inject.mjs does to the process from now on. */
  tell(faults) {
    this.faults = { ...this.faults, ...faults };
    writeFileSync(this.control, JSON.stringify(this.faults));
  }

  get runs() {
    return this.process.isRunning();
  }
}

export class Cluster {
  /** All processes that there were, the running ones included. */
  workers = [];
  coordinators = [];
  over = false;

  /**
   * @param {{ root: string, redis: { url: string }, place: object, options: string[] }} parts root: folder of the schedule; place: of the
   *   store (stores.mjs); options: of `lexel loo`
   * @param {(life: Life, kind: 'worker' | 'coordinator') => void} onEnd called when a process has ended
   */
  constructor({ root, redis, place, options }, onEnd) {
    this.root = root;
    this.place = place;
    this.options = options;
    this.onEnd = onEnd;
    this.at = ['--queue', redis.url, '--store', place.where];
  }

  scratchOf = (slot) => join(this.root, `scratch-${slot}`);
  outOf = (slot) => join(this.root, `run-${slot}`);

  /** Keeps a worker running in a slot. `pauses` gives the milliseconds until a dead one is replaced. */
  async keepWorker(slot, pauses) {
    const scratch = this.scratchOf(slot);
    mountDisk(scratch, DISK);
    const args = ['worker', ...this.at, '--cores', '1', '--lock-time', `${LOCK_TIME}`, '--scratch', scratch];
    while (!this.over) {
      clearDisk(scratch);
      const life = this.begin(this.workers, args, `worker-${slot}`, slot);
      await this.ended(life, 'worker');
      if (!this.over) await sleep(pauses());
    }
    unmountDisk(scratch);
  }

  /** Starts a coordinator again and again, until one has written the whole run directory. */
  async keepCoordinator(slot, pauses) {
    const args = ['loo', ...this.options, ...this.at, '--out', this.outOf(slot)];
    for (;;) {
      const life = this.begin(this.coordinators, args, `coordinator-${slot}`, slot);
      const { code } = await this.ended(life, 'coordinator');
      if (code === 0 || this.over) return;
      await sleep(pauses());
    }
  }

  begin(list, args, name, slot) {
    mkdirSync(this.root, { recursive: true });
    const life = new Life(args, this.root, join(this.root, `${name}.json`), this.place);
    life.slot = slot;
    list.push(life);
    return life;
  }

  async ended(life, kind) {
    life.end = await life.process.ended;
    life.endedAt = Date.now();
    this.onEnd(life, kind);
    return life.end;
  }

  /** Ends all processes that run, as a user would, and waits for them. */
  stop() {
    this.over = true;
    for (const life of [...this.workers, ...this.coordinators]) {
      if (!life.runs) continue;
      life.process.kill('SIGCONT');
      life.done.push('asked to end');
      life.asked ??= Date.now();
      life.process.kill('SIGTERM');
    }
  }
}
