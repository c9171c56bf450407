/** Calls between a page and its workers, by comlink. An error keeps its hint and its code on the way. */

import { expose, type Remote, transferHandlers, wrap } from 'comlink';

/** What an error of Lexel carries beside its message (src/util/errors.ts). */
interface Carried {
  readonly hint?: string;
  readonly code?: string;
}

/** Offers functions to the page that started this worker. */
export function serve(functions: object): void {
  const plain = transferHandlers.get('throw')!;
  transferHandlers.set('throw', {
    ...plain,
    serialize(thrown: unknown) {
      const [message, transfer] = plain.serialize(thrown);
      const { value } = thrown as { value: unknown };
      if (value instanceof Error) {
        const { hint, code } = value as Carried;
        Object.assign((message as { value: object }).value, { hint, code });
      }
      return [message, transfer];
    },
  });
  expose(functions);
}

export interface Linked<Functions> {
  readonly call: Remote<Functions>;
  /** Ends the worker at once. */
  end(): void;
}

export function link<Functions>(worker: Worker): Linked<Functions> {
  return { call: wrap<Functions>(worker), end: () => worker.terminate() };
}

/** An error as a page shows it. */
export interface Problem {
  readonly message: string;
  readonly hint?: string;
}

export function problemOf(error: unknown): Problem {
  if (!(error instanceof Error)) return { message: String(error) };
  return { message: error.message, hint: (error as Carried).hint };
}
