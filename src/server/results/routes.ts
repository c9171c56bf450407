/** The routes of runs' results: by the network's own reading or by another, their maps, and comparisons. */

import { type Context, Hono } from 'hono';
import { HttpFault } from '../http/faults.js';
import { answerFile, typeOf } from '../http/pages.js';
import { limitedBody, requestOf } from '../http/requests.js';
import { LONGEST_WORD, mapWordsRequestSchema } from '../messages/map-words.js';
import { PATHS } from '../paths.js';
import type { RunTable } from '../run-list/run-table.js';
import type { Asked, Bytes, Results } from './results.js';

/** Names of figures and readings are short; a long one would be no name of a file in the cache. */
const LONGEST = 100;

/** Runs that are compared at once. */
const MOST_COMPARED = 20;

export function resultRoutes(runs: RunTable, results: Results): Hono {
  const app = new Hono();
  const entryOf = (c: Context) => runs.find(c.req.param('id') ?? '');
  const asked = async (c: Context): Promise<Asked> => {
    const reading = c.req.param('reading');
    if (reading !== undefined && reading.length > LONGEST) throw nothing();
    return { entry: await entryOf(c), reading };
  };
  const file =
    (compute: (asked: Asked, name: string) => Promise<Bytes>, ending: string) =>
    async (c: Context): Promise<Response> => {
      const name = c.req.param('name') ?? '';
      if (name.length > LONGEST) throw nothing();
      const content = await compute(await asked(c), name.slice(0, -ending.length));
      return answerFile(c, content, { type: typeOf(ending) });
    };

  app.get(
    `/${PATHS.summary(':id')}`,
    file((one) => results.summary(one), '.json'),
  );
  for (const reading of [undefined, ':reading']) {
    app.get(
      `/${PATHS.results(':id', reading)}`,
      file((one) => results.results(one), '.json'),
    );
    for (const name of ['classes', 'zero-shot'] as const)
      app.get(
        `/${PATHS.csv(':id', name, reading)}`,
        file((one) => results.csv(one, name), '.csv'),
      );
    for (const format of ['svg', 'png'] as const) {
      const path = PATHS.figure(':id', 'NAME', reading).replace('NAME.svg', `:name{[a-z0-9-]+\\.${format}}`);
      app.get(
        `/${path}`,
        file((one, name) => results.figure(one, name, format), `.${format}`),
      );
    }
  }
  app.get('/runs/:id/classes/:index{[0-9]{1,6}\\.json}', async (c) => {
    const index = Number.parseInt(c.req.param('index'), 10);
    return c.json(await results.classImages(await asked(c), index));
  });
  app.get('/runs/:id/maps/:fold/:name{[a-z0-9.-]{1,40}}', async (c) => {
    const { fold, name } = c.req.param();
    const content = await results.mapFile(await entryOf(c), fold, name);
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return answerFile(c, bytes, { type: typeOf(name) });
  });
  app.get(`/${PATHS.vocabulary(':id')}`, async (c) => {
    const begins = (c.req.query('begins') ?? '').slice(0, LONGEST_WORD);
    return c.json(await results.vocabulary(await entryOf(c), begins));
  });
  app.post(`/${PATHS.mapWords(':id', ':fold')}`, limitedBody, async (c) => {
    const request = await requestOf(c, mapWordsRequestSchema);
    return c.json(await results.mapWords(await entryOf(c), c.req.param('fold') ?? '', request));
  });
  app.get('/compare/:ids{[A-Za-z0-9+-]+\\.json}', async (c) => {
    const ids = c.req.param('ids').slice(0, -'.json'.length).split('+');
    if (ids.length > MOST_COMPARED)
      throw new HttpFault(
        400,
        `${ids.length} runs are too many to compare`,
        `Choose at most ${MOST_COMPARED}.`,
      );
    return c.json(await results.compare(await Promise.all(ids.map((id) => runs.find(id)))));
  });
  return app;
}

const nothing = () => new HttpFault(404, 'there is nothing at this address');
