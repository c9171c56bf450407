/** The files below `api/` that an export contains: all but events, controls and vocabularies, and extras within limits. */

import type { Hono } from 'hono';
import { counted } from '../../util/format.js';
import { mapFileNames } from '../map/run-map.js';
import { type LiveRun, liveRunSchema } from '../messages/live.js';
import { mapSchema } from '../messages/map.js';
import { modelsSchema } from '../messages/models.js';
import { resultsSchema } from '../messages/results.js';
import { type RunListing, runsSchema } from '../messages/runs.js';
import { SHIPPED } from '../models.js';
import { PATHS } from '../paths.js';
import { AppFiles, bytesOf, type ExportedFile, jsonOf, type LeftOut } from './app-files.js';
import { comparable, exportedComparisons } from './comparisons.js';
import { Budget, MOST_EXTRA_BYTES, MOST_FOLD_MAPS, TOO_LARGE } from './extras.js';

/** A JSON file that a page chooses among others, such as the results by one reading, and what belongs to it. */
interface Choice {
  readonly path: string;
  readonly json: Uint8Array<ArrayBuffer>;
  readonly files: readonly ExportedFile[];
}

/** The files of all choices. @param about which choices there are, said in each JSON file */
function* filesOf(found: readonly Choice[], about: object): Generator<ExportedFile> {
  for (const { path, json, files } of found) {
    yield { path, content: bytesOf({ ...(jsonOf(json) as object), ...about }) };
    yield* files;
  }
}

/** What an export computes next, after `done` of `total` steps. */
export interface ExportStep {
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

export interface ExporterOptions {
  /** Bytes of comparisons, other readings, maps of single folds and models. Default: {@link MOST_EXTRA_BYTES}. */
  readonly extraBytes?: number;
  /** Called before each step: a comparison of two runs, or all files of a run. */
  readonly onStep?: (step: ExportStep) => void;
}

export class Exporter {
  readonly leftOut: LeftOut[] = [];
  private readonly app: AppFiles;
  private readonly budget: Budget;
  private readonly onStep: ExporterOptions['onStep'];

  constructor(app: Hono, { extraBytes = MOST_EXTRA_BYTES, onStep }: ExporterOptions = {}) {
    this.app = new AppFiles(app);
    this.budget = new Budget(extraBytes);
    this.onStep = onStep;
  }

  async *files(): AsyncGenerator<ExportedFile> {
    yield* this.file(PATHS.studio);
    const { runs } = runsSchema.parse(jsonOf(await this.app.get(PATHS.runs)));
    const compared = comparable(runs);
    const readable = runs.filter(({ settings }) => settings);
    const total = compared.pairs.length + readable.length;
    let done = 0;
    const begin = (what: string) => this.onStep?.({ what, done: done++, total });
    yield* exportedComparisons(this.app, compared, this.budget, ([first, second]) =>
      begin(`${first.path} against ${second.path}`),
    );
    for (const run of readable) {
      begin(run.path);
      yield* this.runFiles(run);
    }
    yield { path: PATHS.runs, content: bytesOf(await this.runList()) };
    yield* this.models();
    for (const path of SHIPPED.keys()) {
      const content = await this.app.find(path);
      if (content instanceof Uint8Array) yield { path, content };
    }
  }

  /** The list after the runs' summaries, so that it has their headlines, or why there are none. */
  private async runList(): Promise<{ runs: RunListing[] }> {
    const { runs } = runsSchema.parse(jsonOf(await this.app.get(PATHS.runs)));
    const problems = new Map(
      this.leftOut.filter(({ what }) => what === 'results').map(({ run, reason }) => [run, reason]),
    );
    const withWork = (run: RunListing): RunListing => {
      const problem = problems.get(run.path);
      return problem === undefined ? run : { ...run, headlineWork: { state: 'failed', problem } };
    };
    return { runs: runs.map(withWork) };
  }

  private async *runFiles(run: RunListing): AsyncGenerator<ExportedFile> {
    const { id, folds } = run;
    yield await this.folds(id);
    if (folds.finished === 0) return;
    const summary = await this.part(run, 'results', PATHS.summary(id));
    const answer = summary && (await this.part(run, 'results', PATHS.results(id)));
    if (!summary || !answer) return;
    yield { path: PATHS.summary(id), content: summary };
    const { classes } = resultsSchema.parse(jsonOf(answer));
    yield* this.readings(run, answer);
    for (const { class: index } of classes) yield* this.file(PATHS.classImages(id, index));
    yield* this.maps(run);
  }

  /** Without the workers: an export is for others to see, and shows nothing that trains at present. */
  private async folds(id: string): Promise<ExportedFile> {
    const path = PATHS.folds(id);
    const live = liveRunSchema.parse(jsonOf(await this.app.get(path)));
    const folds = live.folds.map((fold) => ({ ...fold, worker: null }));
    return { path, content: bytesOf({ ...live, folds, workers: [] } satisfies LiveRun) };
  }

  /** The results by every reading that fits. @param own results.json by the network's own */
  private async *readings(run: RunListing, own: Uint8Array<ArrayBuffer>): AsyncGenerator<ExportedFile> {
    const { readings } = resultsSchema.parse(jsonOf(own));
    const found: Choice[] = [
      { path: PATHS.results(run.id), json: own, files: await this.resultFiles(run.id, own) },
    ];
    const present = new Set(readings.filter((one) => one.own).map(({ name }) => name));
    const absent: string[] = [];
    for (const { name } of readings.filter((one) => !one.own)) {
      if (this.budget.full) {
        absent.push(name);
        continue;
      }
      const path = PATHS.results(run.id, name);
      const json = await this.part(run, `the reading ${name}`, path);
      if (!json) continue;
      const choice = { path, json, files: await this.resultFiles(run.id, json, name) };
      if (this.takes(choice)) {
        present.add(name);
        found.push(choice);
      } else absent.push(name);
    }
    if (absent.length > 0) this.leaveOut(run, `the readings ${absent.join(', ')}`, TOO_LARGE);
    const shown = readings.filter((one) => present.has(one.name));
    yield* filesOf(found, { readings: shown, notExported: absent });
  }

  private takes({ path, json, files }: Choice): boolean {
    return this.budget.takes([{ path, content: json }, ...files]);
  }

  /** What belongs to a results.json. Pages make PNG files from SVG themselves. */
  private async resultFiles(id: string, json: Uint8Array, reading?: string): Promise<ExportedFile[]> {
    const { figures } = resultsSchema.parse(jsonOf(json));
    const paths = [
      ...figures.map((name) => PATHS.figure(id, name, reading)),
      ...(['classes', 'zero-shot'] as const).map((name) => PATHS.csv(id, name, reading)),
    ];
    const files: ExportedFile[] = [];
    for (const path of paths) files.push({ path, content: await this.app.get(path) });
    return files;
  }

  /** The map of all folds, and those of single folds that fit. */
  private async *maps(run: RunListing): AsyncGenerator<ExportedFile> {
    const content = await this.part(run, 'map', PATHS.map(run.id));
    if (!content) return;
    const { choices } = mapSchema.parse(jsonOf(content));
    const found: Choice[] = [
      { path: PATHS.map(run.id), json: content, files: await this.mapFiles(run.id, content) },
    ];
    const shown: string[] = [];
    const unmade: string[] = [];
    // The map of the only fold is the map of all folds.
    for (const fold of choices.length > 1 ? choices.slice(0, MOST_FOLD_MAPS) : []) {
      if (this.budget.full) break;
      const path = PATHS.map(run.id, fold);
      const json = await this.part(run, `the map of ${fold}`, path);
      if (!json) {
        unmade.push(fold);
        continue;
      }
      const choice = { path, json, files: await this.mapFiles(run.id, json, fold) };
      if (!this.takes(choice)) break;
      shown.push(fold);
      found.push(choice);
    }
    const gone = new Set([...shown, ...unmade]);
    const absent = choices.length > 1 ? choices.filter((fold) => !gone.has(fold)) : [];
    if (absent.length > 0) {
      const reason =
        gone.size < MOST_FOLD_MAPS ? TOO_LARGE : `a run has ${MOST_FOLD_MAPS} of them in an export`;
      this.leaveOut(run, `maps of ${counted(absent.length, 'single fold')}`, reason);
    }
    yield* filesOf(found, { choices: shown, notExported: [...unmade, ...absent] });
  }

  /** The binary files of a map. */
  private async mapFiles(id: string, json: Uint8Array, fold?: string): Promise<ExportedFile[]> {
    const path = PATHS.map(id, fold);
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const files: ExportedFile[] = [];
    for (const name of mapFileNames(mapSchema.parse(jsonOf(json))))
      if (folder + name !== path)
        files.push({ path: folder + name, content: await this.app.get(folder + name) });
    return files;
  }

  /** Models of runs that fit: first one of each run, then further ones. */
  private async *models(): AsyncGenerator<ExportedFile> {
    const { bundled, runs } = modelsSchema.parse(jsonOf(await this.app.get(PATHS.models)));
    const present = new Map(runs.map(({ id }) => [id, [] as string[]]));
    for (let turn = 0; runs.some(({ folds }) => turn < folds.length); turn++) {
      for (const { id, folds } of runs) {
        if (turn >= folds.length || this.budget.full) continue;
        const path = PATHS.foldModel(id, folds[turn]);
        const file = { path, content: await this.app.get(path) };
        if (!this.budget.takes([file])) continue;
        present.get(id)!.push(folds[turn]);
        yield file;
      }
    }
    const left = runs.map(({ id, path, folds }) => {
      const shown = present.get(id)!;
      const absent = folds.filter((fold) => !shown.includes(fold));
      if (absent.length > 0)
        this.leftOut.push({ run: path, what: counted(absent.length, 'model'), reason: TOO_LARGE });
      return { id, path, folds: shown, notExported: absent };
    });
    yield { path: PATHS.models, content: bytesOf({ bundled, runs: left }) };
  }

  private async *file(path: string): AsyncGenerator<ExportedFile> {
    yield { path, content: await this.app.get(path) };
  }

  /** A part that a run may lack; null, with a note, if it does. */
  private async part(run: RunListing, what: string, path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const answer = await this.app.find(path);
    if (answer instanceof Uint8Array) return answer;
    this.leaveOut(run, what, answer.message);
    return null;
  }

  private leaveOut({ path: run }: RunListing, what: string, reason: string): void {
    this.leftOut.push({ run, what, reason });
  }
}
