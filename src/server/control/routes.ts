/** The routes that start, stop and resume runs. Without `--allow-runs` they answer 403. */

import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { HttpFault } from '../http/faults.js';
import { startRequestSchema } from '../messages/control.js';
import { PATHS } from '../paths.js';
import type { RunTable } from '../run-list/run-table.js';
import type { RunControl } from './run-control.js';

/** Bytes of a request; a form takes some hundreds. */
const MOST_BYTES = 16 << 10;

/** @param control undefined without `--allow-runs` */
export function controlRoutes(runs: RunTable, control: RunControl | undefined): Hono {
  const app = new Hono();
  const entryOf = (c: Context) => runs.find(c.req.param('id') ?? '');
  const allowed = (): RunControl => {
    if (control) return control;
    throw new HttpFault(
      403,
      'this studio only shows runs',
      'Start it with `lexel studio --allow-runs` to start, stop and resume runs.',
    );
  };
  const limit = bodyLimit({
    maxSize: MOST_BYTES,
    onError: () => {
      throw new HttpFault(413, `the request is longer than ${MOST_BYTES} bytes`);
    },
  });
  app.get(`/${PATHS.startChoices}`, (c) => c.json(allowed().choices()));
  app.post(`/${PATHS.start}`, limit, async (c) => {
    const id = await allowed().start(await requestOf(c, startRequestSchema));
    return c.json({ id });
  });
  app.post(`/${PATHS.stop(':id')}`, limit, async (c) => {
    const control = allowed();
    await requestOf(c, z.object({}));
    const entry = await entryOf(c);
    control.stop(entry);
    return c.json({ id: entry.place.id });
  });
  app.post(`/${PATHS.resume(':id')}`, limit, async (c) => {
    const control = allowed();
    await requestOf(c, z.object({}));
    const entry = await entryOf(c);
    await control.resume(entry);
    return c.json({ id: entry.place.id });
  });
  return app;
}

/**
 * The JSON of a request. Other content types are refused, because forms of other sites can send those without asking.
 * @throws HttpFault naming what is wrong
 */
async function requestOf<Of>(c: Context, schema: z.ZodType<Of>): Promise<Of> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
    throw new HttpFault(415, 'the request is not of the type application/json');
  let json: unknown;
  try {
    json = await c.req.json();
  } catch (error) {
    if (error instanceof HttpFault) throw error;
    throw new HttpFault(400, 'the request is not JSON');
  }
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  throw new HttpFault(400, z.prettifyError(error).replaceAll('\n', ' '));
}
