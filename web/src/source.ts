/**
 * Where the pages get their data from. The server and an export have the same files below `api/` (src/server/paths.ts);
 * a single-file page carries them inside. Only `live` differs: an export has no events and no controls.
 */

import { encodedPath } from '../../src/server/paths.js';
import type * as z from '../../src/util/zod.js';

/** A request that failed, with the server's message for the reader. */
export class SourceError extends Error {
  override name = 'SourceError';
  constructor(
    readonly path: string,
    message: string,
    /** How to go on, if known. */
    readonly hint?: string,
    /** HTTP status; 0 if there was no answer. */
    readonly status = 0,
  ) {
    super(message);
  }
}

/** Files inside the page: path below `api/` → base64. Only a single-file page has them. */
declare global {
  var LEXEL_FILES: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads a JSON file below `api/`.
 * @param search what follows `?` in its address; of a server only
 * @throws SourceError if it is missing or not what the schema says
 */
export async function readJson<Of>(
  path: string,
  schema: z.ZodType<Of>,
  signal?: AbortSignal,
  search = '',
): Promise<Of> {
  const json: unknown = JSON.parse(new TextDecoder().decode(await readBytes(path, signal, search)));
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  throw new SourceError(
    path,
    `${path} is not what this page expects: ${error.issues[0]?.message}`,
    'Reload the page; the studio may have been updated.',
  );
}

/** Posts to a path below `api/`; of a server only. @throws SourceError with the server's reason */
export async function postJson<Of>(path: string, schema: z.ZodType<Of>, body: unknown): Promise<Of> {
  const headers = { 'content-type': 'application/json' };
  const response = await answerTo(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return schema.parse(await response.json());
}

const NOT_EXPORTED = 'An export does not have everything; `lexel studio` has it, where the runs are.';

/** Reads a file below `api/`. @throws SourceError */
export async function readBytes(
  path: string,
  signal?: AbortSignal,
  search = '',
): Promise<Uint8Array<ArrayBuffer>> {
  const inside = globalThis.LEXEL_FILES?.[path];
  if (inside !== undefined) return Uint8Array.from(atob(inside), (char) => char.charCodeAt(0));
  if (globalThis.LEXEL_FILES)
    throw new SourceError(path, `this page was exported without ${path}`, NOT_EXPORTED);
  const response = await answerTo(path, { signal }, search);
  return new Uint8Array(await response.arrayBuffer());
}

async function answerTo(path: string, init: RequestInit, search = ''): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`api/${encodedPath(path)}${search}`, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new SourceError(path, 'The studio does not answer', 'Is `lexel studio` still running?');
  }
  if (response.ok) return response;
  const { message, hint } = await faultOf(response, path);
  throw new SourceError(path, message, hint, response.status);
}

async function faultOf(response: Response, path: string): Promise<{ message: string; hint?: string }> {
  try {
    const { message, hint } = (await response.json()) as { message?: unknown; hint?: unknown };
    if (typeof message === 'string') return { message, hint: typeof hint === 'string' ? hint : undefined };
  } catch {
    // Not one of the studio's own answers.
  }
  // A studio always gives a reason, so this is an export on a web host.
  if (response.status === 404) return { message: `There is no ${path} here`, hint: NOT_EXPORTED };
  return { message: `The studio answered ${response.status} ${response.statusText}` };
}
