/**
 * The files below `api/` that an export contains. They are what the app answers, so an export shows what the studio shows.
 * Left out: events, controls, comparisons, readings other than the networks' own, maps of single folds, and models of runs.
 */

import type { Hono } from 'hono';
import { LexelError } from '../../util/errors.js';
import { mapFileNames } from '../map/run-map.js';
import { ALL_FOLDS, mapSchema } from '../messages/map.js';
import { type Models, modelsSchema } from '../messages/models.js';
import { type Results, resultsSchema } from '../messages/results.js';
import { type RunListing, runsSchema } from '../messages/runs.js';
import type { Fault } from '../messages/studio.js';
import { SHIPPED } from '../models.js';
import { PATHS } from '../paths.js';

export interface ExportedFile {
  /** Below `api/`. */
  readonly path: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** What a run lacks in the export, with the reason. */
export interface LeftOut {
  readonly run: string;
  readonly what: string;
  readonly reason: string;
}

export class Exporter {
  readonly leftOut: LeftOut[] = [];

  constructor(private readonly app: Hono) {}

  async *files(): AsyncGenerator<ExportedFile> {
    yield* this.file(PATHS.studio);
    const runs = await this.get(PATHS.runs);
    const list = runsSchema.parse(jsonOf(runs));
    for (const run of list.runs) if (run.settings) yield* this.runFiles(run);
    // After the runs' summaries, so that it has their headlines.
    yield* this.file(PATHS.runs);
    const models = modelsSchema.parse(jsonOf(await this.get(PATHS.models)));
    yield { path: PATHS.models, content: bytesOf({ ...models, runs: [] } satisfies Models) };
    for (const path of SHIPPED.keys())
      if (path !== PATHS.bundledModel || models.bundled) yield* this.file(path);
  }

  private async *runFiles(run: RunListing): AsyncGenerator<ExportedFile> {
    const { id, folds } = run;
    yield* this.file(PATHS.folds(id));
    if (folds.finished === 0) return;
    const summary = await this.part(run, 'results', PATHS.summary(id));
    const answer = summary && (await this.part(run, 'results', PATHS.results(id)));
    if (!summary || !answer) return;
    yield { path: PATHS.summary(id), content: summary };
    const results = resultsSchema.parse(jsonOf(answer));
    const readings = results.readings.filter(({ name }) => name === results.reading);
    yield { path: PATHS.results(id), content: bytesOf({ ...results, readings } satisfies Results) };
    for (const name of results.figures) {
      const svg = PATHS.figure(id, name);
      yield* this.file(svg);
      yield* this.file(svg.replace(/\.svg$/, '.png'));
    }
    for (const name of ['classes', 'zero-shot'] as const) yield* this.file(PATHS.csv(id, name));
    for (const { class: index } of results.classes) yield* this.file(PATHS.classImages(id, index));
    yield* this.mapFiles(run);
  }

  private async *mapFiles(run: RunListing): AsyncGenerator<ExportedFile> {
    const content = await this.part(run, 'map', PATHS.map(run.id));
    if (!content) return;
    const map = mapSchema.parse(jsonOf(content));
    yield { path: PATHS.map(run.id), content: bytesOf({ ...map, choices: [] }) };
    const folder = PATHS.map(run.id, ALL_FOLDS).replace(/map\.json$/, '');
    for (const name of mapFileNames(map)) if (name !== 'map.json') yield* this.file(folder + name);
  }

  private async *file(path: string): AsyncGenerator<ExportedFile> {
    yield { path, content: await this.get(path) };
  }

  /** A part that a run may lack; null, with a note, if it does. */
  private async part(run: RunListing, what: string, path: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const response = await this.ask(path);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    const { message: reason } = (await response.json()) as Fault;
    this.leftOut.push({ run: run.path, what, reason });
    return null;
  }

  private async get(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.ask(path);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    const { message, hint } = (await response.json()) as Fault;
    throw new LexelError(`${path}: ${message}`, hint);
  }

  private async ask(path: string): Promise<Response> {
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    return this.app.request(`/api/${encoded}`, { headers: { host: 'localhost' } });
  }
}

const jsonOf = (content: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(content));

const bytesOf = (json: unknown): Uint8Array<ArrayBuffer> => Buffer.from(JSON.stringify(json));
