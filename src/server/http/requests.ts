/** What pages post: JSON of a limited length, checked by a schema. */

import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as z from '../../util/zod.js';
import { HttpFault } from './faults.js';

/** Bytes of a request; a form takes some hundreds, and the words of a map some thousands. */
const MOST_BYTES = 16 << 10;

/** Refuses longer requests while they arrive. */
export const limitedBody = bodyLimit({
  maxSize: MOST_BYTES,
  onError: () => {
    throw new HttpFault(413, `the request is longer than ${MOST_BYTES} bytes`);
  },
});

/**
 * The JSON of a request. Other content types are refused, because forms of other sites can send those without asking.
 * @throws HttpFault naming what is wrong
 */
export async function requestOf<Of>(c: Context, schema: z.ZodType<Of>): Promise<Of> {
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
