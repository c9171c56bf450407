/** The studio's routes. The paths below `api/` are those of paths.ts; all others are the pages. */

import { readFileSync } from 'node:fs';
import { type Context, Hono } from 'hono';
import { VERSION } from '../util/version.js';
import { controlRoutes } from './control/routes.js';
import type { RunControl } from './control/run-control.js';
import { answerFault, HttpFault } from './http/faults.js';
import { type GuardOptions, guard } from './http/guard.js';
import { HEADERS } from './http/headers.js';
import { answerFile, pagesHandler, typeOf } from './http/pages.js';
import { liveRun } from './live/live-run.js';
import type { LiveRuns } from './live/live-runs.js';
import { liveRoute } from './live/route.js';
import type { Studio } from './messages/studio.js';
import { foldModel, modelList, SHIPPED } from './models.js';
import { PATHS } from './paths.js';
import type { MissingHeadlines } from './results/missing-headlines.js';
import type { Results } from './results/results.js';
import { resultRoutes } from './results/routes.js';
import type { RunTable } from './run-list/run-table.js';

export interface AppOptions extends GuardOptions {
  readonly runs: RunTable;
  readonly results: Results;
  readonly live: LiveRuns;
  /** Absent in an export, which computes every summary anyway. */
  readonly headlines?: MissingHeadlines;
  /** Undefined without `--allow-runs`. */
  readonly control?: RunControl;
  readonly studio: Omit<Studio, 'version'>;
  /** Folder of the built pages; default: that of the package. */
  readonly pages?: string;
  /** Receives errors that are bugs in Lexel. */
  readonly onBug: (error: unknown) => void;
}

/** Name of a run in the routes of PATHS. */
const ID = ':id';

export function createApp(options: AppOptions): Hono {
  const { runs, results, live, headlines, control, onBug } = options;
  const entryOf = (c: Context) => runs.find(c.req.param('id') ?? '');
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
  });
  app.use(guard(options));
  app.onError((error, c) => answerFault(c, error, onBug));

  const api = new Hono();
  api.use(async (c, next) => {
    await next();
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
  });
  api.get(`/${PATHS.studio}`, (c) => c.json({ version: VERSION, ...options.studio } satisfies Studio));
  api.get(`/${PATHS.runs}`, async (c) => c.json({ runs: await (headlines ?? runs).list() }));
  api.get(`/${PATHS.folds(ID)}`, async (c) => c.json(liveRun(await entryOf(c))));
  api.get(`/${PATHS.events(ID)}`, liveRoute(live));
  api.get(`/${PATHS.models}`, async (c) => c.json(modelList(await runs.all())));
  api.get(`/${PATHS.foldModel(ID, ':fold')}`, async (c) => {
    const model = foldModel(await entryOf(c), c.req.param('fold') ?? '');
    return answerFile(c, model, { type: typeOf('model.safetensors') });
  });
  for (const [path, file] of SHIPPED)
    api.get(`/${path}`, (c) => answerFile(c, readFileSync(file), { type: typeOf(path) }));
  api.route('/', resultRoutes(runs, results));
  api.route('/', controlRoutes(runs, control));
  app.route('/api', api);
  app.get('/*', pagesHandler(options.pages));
  app.notFound((c) => {
    if (!READS.has(c.req.method)) c.header('allow', 'GET, HEAD');
    return answerFault(c, unknownAddress(c.req.method, c.req.path), onBug);
  });
  return app;
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

function unknownAddress(method: string, path: string): HttpFault {
  if (!READS.has(method)) return new HttpFault(405, `${method} is not answered here`);
  return new HttpFault(404, `there is nothing at ${path.slice(0, 200)}`);
}
