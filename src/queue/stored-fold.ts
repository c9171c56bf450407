/**
 * A fold in a store: who claims it, its checkpoints, its result.
 *
 * Each claim creates `claims/<fold>/<token>.json` with the next number. Only one process can create a number, so tokens
 * grow, and the process with the highest one holds the fold. Checkpoints and results lie under the token of their claim:
 * a process that was paused, and whose fold another one has claimed since, cannot touch what its successor writes. The
 * result is whichever claim's files `commits/<fold>.json` names, and that is created once.
 */
import { createHash } from 'node:crypto';
import { FormatError } from '../util/errors.js';
import {
  type ClaimRecord,
  type Commit,
  claimSchema,
  commitSchema,
  type Duplicate,
  duplicateSchema,
  type Failure,
  failureSchema,
  type Poisoned,
  poisonedSchema,
  RESULT_FILES,
  type ResultFile,
  readRecord,
  recordBytes,
  type WorkerName,
} from './records.js';
import { keyPart } from './stores/keys.js';
import type { ObjectStore } from './stores/object-store.js';
import { StoreError } from './stores/store-error.js';

export type ResultContent = Readonly<Record<ResultFile, Uint8Array>>;

/** What became of a result. `superseded`: a later claim has the fold, and will be compared with it. */
export interface Committed {
  readonly as: 'result' | 'duplicate' | 'superseded';
  /** Workers whose results have other bits than this one's. */
  readonly mismatches: readonly WorkerName[];
}

/** A checkpoint in the store. */
export interface StoredCheckpointKey {
  readonly epoch: number;
  readonly token: number;
  /** Key without its ending. */
  readonly stem: string;
}

const now = () => new Date().toISOString();
/** Numbers in keys have eight digits, so that keys sort by them. Keys with others are not of Lexel. */
const padded = (n: number) => String(n).padStart(8, '0');
const MOST_CLAIMS = 99_999_999;

/**
 * Claims in a row that ended without a checkpoint, a failure or a release, after which a fold counts as poisoned: it ends
 * the processes that train it.
 */
export const MOST_CRASHES = 10;

/** The token of a fold's first claim. */
const FIRST = 1;

/** Checkpoints that a fold keeps: the last one, and the one before, in case the last is damaged. */
export const KEPT_CHECKPOINTS = 2;

export class StoredFold {
  private readonly part: string;
  /** The checkpoints of the fold as far as this object has listed and kept them, the furthest one first. */
  private known: StoredCheckpointKey[] | undefined;

  constructor(
    private readonly store: ObjectStore,
    private readonly experiment: string,
    readonly id: string,
  ) {
    this.part = keyPart(id);
  }

  private key(rest: string): string {
    return `${this.experiment}/${rest}`;
  }

  // ── Claims ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The tokens of all claims, in ascending order. If there are none, there is nothing else of the fold either. */
  async tokens(): Promise<number[]> {
    const prefix = this.key(`claims/${this.part}/`);
    const names = (await this.store.list(prefix)).map((key) => key.slice(prefix.length));
    return names
      .flatMap((name) => /^(\d{8})\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  private claimKey(token: number): string {
    return this.key(`claims/${this.part}/${padded(token)}.json`);
  }

  /**
   * Claims the fold.
   * @param epoch that of the checkpoint that the claim starts from
   * @param tokens those of the claims before
   * @returns the fencing token
   * @throws FormatError if there is no higher one
   */
  async claim(worker: WorkerName, epoch: number, tokens?: readonly number[]): Promise<number> {
    let token = ((tokens ?? (await this.tokens())).at(-1) ?? FIRST - 1) + 1;
    const record = recordBytes({ worker, epoch, time: now() } satisfies ClaimRecord);
    for (; token <= MOST_CLAIMS; token++) {
      if (await this.store.create(this.claimKey(token), record)) return token;
    }
    throw new FormatError(
      `${this.store.name}/${this.claimKey(MOST_CLAIMS)}`,
      'is the last claim that a fold can have',
      'delete it, unless a worker trains the fold',
    );
  }

  /** Whether no other process has claimed the fold since. */
  async holds(token: number): Promise<boolean> {
    return ((await this.tokens()).at(-1) ?? 0) <= token;
  }

  /** Notes that the worker gave the fold back, so that the claim does not count as a crash. */
  async releaseClaim(token: number): Promise<void> {
    const record = await readRecord(this.store, this.claimKey(token), claimSchema);
    if (record) await this.store.put(this.claimKey(token), recordBytes({ ...record, released: true }));
  }

  /**
   * The worker that last claimed the fold, if the last {@link MOST_CRASHES} claims all ended without a trace.
   * @param tokens those of all claims
   */
  async crashes(tokens?: readonly number[]): Promise<ClaimRecord | null> {
    const last = (tokens ?? (await this.tokens())).slice(-MOST_CRASHES);
    if (last.length < MOST_CRASHES) return null;
    const claims = await Promise.all(
      last.map((token) => readRecord(this.store, this.claimKey(token), claimSchema)),
    );
    const epoch = (await this.checkpoints())[0]?.epoch ?? 0;
    const crashed = claims.every((claim) => claim && !claim.released && claim.epoch === epoch);
    return crashed ? claims.at(-1)! : null;
  }

  // ── Checkpoints ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The checkpoints, the furthest one first. */
  async checkpoints(): Promise<StoredCheckpointKey[]> {
    const keys = await this.store.list(this.key(`checkpoints/${this.part}/`));
    const found = keys.flatMap((key) => {
      const match = /\/(\d{8})-(\d{8})\.safetensors$/.exec(key);
      if (!match) return [];
      const [epoch, token] = [Number(match[1]), Number(match[2])];
      return [{ epoch, token, stem: key.replace(/\.safetensors$/, '') }];
    });
    return found.sort((a, b) => b.epoch - a.epoch || b.token - a.token);
  }

  /** The log that was kept with a checkpoint. */
  log(token: number, epoch: number): Promise<Uint8Array | null> {
    return this.store.get(`${this.checkpointStem(token, epoch)}.jsonl`);
  }

  private checkpointStem(token: number, epoch: number): string {
    return this.key(`checkpoints/${this.part}/${padded(epoch)}-${padded(token)}`);
  }

  /**
   * Keeps a checkpoint, with the fold's log, and removes the claim's older ones.
   * @returns false if another process has claimed or finished the fold; nothing is kept then
   */
  async keepCheckpoint(
    token: number,
    epoch: number,
    checkpoint: Uint8Array,
    log: Uint8Array,
  ): Promise<boolean> {
    const [holds, result] = await Promise.all([this.holds(token), this.result()]);
    if (!holds || result) return false;
    const stem = this.checkpointStem(token, epoch);
    // The log first: a log may be ahead of its checkpoint, but not behind.
    await this.store.put(`${stem}.jsonl`, log);
    await this.store.put(`${stem}.safetensors`, checkpoint);
    const before = this.known ?? (token === FIRST ? [] : await this.checkpoints());
    this.known = [{ epoch, token, stem }, ...before.filter((one) => one.stem !== stem)];
    const older = this.known.filter((one) => one.epoch <= epoch && one.token <= token);
    await this.removeCheckpoints(older.slice(KEPT_CHECKPOINTS));
    return true;
  }

  private async removeCheckpoints(list: readonly StoredCheckpointKey[]): Promise<void> {
    for (const { stem } of list) {
      await this.store.delete(`${stem}.safetensors`);
      await this.store.delete(`${stem}.jsonl`);
      this.known = this.known?.filter((one) => one.stem !== stem);
    }
  }

  // ── Results ────────────────────────────────────────────────────────────────────────────────────────────────────────

  private get commitKey(): string {
    return this.key(`commits/${this.part}.json`);
  }

  private fileKey(token: number, file: ResultFile): string {
    return this.key(`files/${this.part}/${padded(token)}/${file}`);
  }

  private duplicateKey(token: number): string {
    return this.key(`duplicates/${this.part}/${padded(token)}.json`);
  }

  /** Null if the fold has no result yet. */
  result(): Promise<Commit | null> {
    return readRecord(this.store, this.commitKey, commitSchema);
  }

  /**
   * Makes a claim's files the fold's result, unless it has one or another process has claimed the fold since. Then the
   * two results are compared.
   */
  async commit(worker: WorkerName, token: number, content: ResultContent): Promise<Committed> {
    const entries = RESULT_FILES.map((file) => [file, describe(content[file])] as const);
    const files = Object.fromEntries(entries) as Commit['files'];
    const commit: Commit = { fold: this.id, token, worker, time: now(), files };
    let first = await this.result();
    if (!first && !(await this.holds(token))) {
      await this.store.put(this.duplicateKey(token), recordBytes(commit));
      first = await this.result(); // it may have come meanwhile
      if (!first) return { as: 'superseded', mismatches: [] };
    }
    if (!first) {
      await Promise.all(RESULT_FILES.map((file) => this.store.put(this.fileKey(token, file), content[file])));
      if (await this.store.create(this.commitKey, recordBytes(commit))) {
        // Before the first claim, nobody had a result to compare, or left checkpoints.
        const mismatches = token === FIRST ? [] : await this.compareWaiting(commit);
        await this.removeCheckpoints(token === FIRST ? (this.known ?? []) : await this.checkpoints());
        return { as: 'result', mismatches };
      }
      first = (await this.result())!;
    }
    if (first.token === token) return { as: 'result', mismatches: [] }; // an earlier call whose answer was lost
    const equal = await this.noteDuplicate(first, commit);
    return { as: 'duplicate', mismatches: equal ? [] : [first.worker] };
  }

  /** Compares the duplicates that came before the result with it. @returns the workers of those that differ */
  private async compareWaiting(first: Commit): Promise<WorkerName[]> {
    const others: WorkerName[] = [];
    for (const duplicate of await this.duplicates()) {
      if (duplicate.equal !== undefined || duplicate.token === first.token) continue;
      if (!(await this.noteDuplicate(first, duplicate))) others.push(duplicate.worker);
    }
    return others;
  }

  /** @returns whether it has the bits of the result */
  private async noteDuplicate(first: Commit, { fold, token, worker, time, files }: Commit): Promise<boolean> {
    const equal = haveSameBits(first.files, files);
    const record = { fold, token, worker, time, files, equal } satisfies Duplicate;
    await this.store.put(this.duplicateKey(token), recordBytes(record));
    return equal;
  }

  /** Second results of the fold. */
  async duplicates(): Promise<Duplicate[]> {
    const keys = await this.store.list(this.key(`duplicates/${this.part}/`));
    const records = await Promise.all(keys.map((key) => readRecord(this.store, key, duplicateSchema)));
    return records.filter((one) => one !== null);
  }

  /** Reads the files of the result. @throws StoreError if one is missing or damaged */
  async content({ token, files }: Commit): Promise<ResultContent> {
    const entries = RESULT_FILES.map(async (file) => {
      const key = this.fileKey(token, file);
      const bytes = await this.store.get(key);
      if (bytes && describe(bytes).sha256 === files[file].sha256) return [file, bytes] as const;
      throw new StoreError(
        this.store.name,
        `${key} ${bytes ? 'has other content than was committed' : 'is missing'}`,
        {
          hint: `To train fold ${this.id} again, delete ${this.commitKey} there, and call lexel collect with --queue.`,
        },
      );
    });
    return Object.fromEntries(await Promise.all(entries)) as Record<ResultFile, Uint8Array>;
  }

  // ── Failures ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** @returns the number of failures so far */
  async addFailure(token: number, failure: Failure): Promise<number> {
    await this.store.put(this.key(`failures/${this.part}/${padded(token)}.json`), recordBytes(failure));
    return (await this.store.list(this.key(`failures/${this.part}/`))).length;
  }

  /** The failures, the last one at the end. */
  async failures(): Promise<Failure[]> {
    const keys = await this.store.list(this.key(`failures/${this.part}/`));
    const records = await Promise.all(keys.map((key) => readRecord(this.store, key, failureSchema)));
    return records.filter((one) => one !== null);
  }

  private get poisonedKey(): string {
    return this.key(`poisoned/${this.part}.json`);
  }

  poisoned(): Promise<Poisoned | null> {
    return readRecord(this.store, this.poisonedKey, poisonedSchema);
  }

  /** Notes that the fold is not to be tried again. */
  async poison(last: Failure): Promise<void> {
    await this.store.create(this.poisonedKey, recordBytes({ ...last, fold: this.id } satisfies Poisoned));
  }

  /** Forgets failures and crashes, so that the fold is tried again. */
  async forgive(): Promise<void> {
    for (const key of await this.store.list(this.key(`failures/${this.part}/`))) await this.store.delete(key);
    const last = (await this.tokens()).at(-1);
    if (last !== undefined) await this.releaseClaim(last);
    await this.store.delete(this.poisonedKey);
  }
}

/** Whether outputs and models of two results are equal; a log also holds times. */
export const haveSameBits = (one: Commit['files'], other: Commit['files']): boolean =>
  (['outputs', 'model'] as const).every((file) => one[file].sha256 === other[file].sha256);

const describe = (bytes: Uint8Array) => ({
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes: bytes.length,
});
