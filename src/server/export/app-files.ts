/** Files below `api/`, asked of the app: so an export shows what the studio shows. */

import type { Hono } from 'hono';
import { LexelError } from '../../util/errors.js';
import type { Fault } from '../messages/studio.js';
import { encodedPath } from '../paths.js';

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

export class AppFiles {
  constructor(private readonly app: Hono) {}

  /** @throws LexelError if there is no such file */
  async get(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const answer = await this.find(path);
    if (answer instanceof Uint8Array) return answer;
    throw new LexelError(`${path}: ${answer.message}`, answer.hint);
  }

  /** A file, or why there is none. */
  async find(path: string): Promise<Uint8Array<ArrayBuffer> | Fault> {
    const response = await this.app.request(`/api/${encodedPath(path)}`, { headers: { host: 'localhost' } });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    return (await response.json()) as Fault;
  }
}

export const jsonOf = (content: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(content));

export const bytesOf = (json: unknown): Uint8Array<ArrayBuffer> => Buffer.from(JSON.stringify(json));
