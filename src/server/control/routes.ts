/** The routes that start, stop and resume runs. Without `--allow-runs` they answer 403. */

import { type Context, Hono } from 'hono';
import * as z from '../../util/zod.js';
import { HttpFault } from '../http/faults.js';
import { limitedBody, requestOf } from '../http/requests.js';
import { startRequestSchema } from '../messages/control.js';
import { PATHS } from '../paths.js';
import type { RunTable } from '../run-list/run-table.js';
import type { RunControl } from './run-control.js';

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
  app.get(`/${PATHS.startChoices}`, (c) => c.json(allowed().choices()));
  app.post(`/${PATHS.start}`, limitedBody, async (c) => {
    const id = await allowed().start(await requestOf(c, startRequestSchema));
    return c.json({ id });
  });
  app.post(`/${PATHS.stop(':id')}`, limitedBody, async (c) => {
    const control = allowed();
    await requestOf(c, z.object({}));
    const entry = await entryOf(c);
    control.stop(entry);
    return c.json({ id: entry.place.id });
  });
  app.post(`/${PATHS.resume(':id')}`, limitedBody, async (c) => {
    const control = allowed();
    await requestOf(c, z.object({}));
    const entry = await entryOf(c);
    await control.resume(entry);
    return c.json({ id: entry.place.id });
  });
  return app;
}
