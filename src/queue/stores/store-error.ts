/** Errors of stores. Their messages never contain secrets. */
import { LexelError } from '../../util/errors.js';

export interface StoreErrorOptions extends ErrorOptions {
  /** How to fix the problem. */
  readonly hint?: string;
  /** Default false. */
  readonly temporary?: boolean;
}

/** A store cannot be reached, or refuses. The message starts with the store's name. */
export class StoreError extends LexelError {
  override name = 'StoreError';
  /** Whether the same call may succeed later, so that it is worth waiting: a broken network, a full disk. */
  readonly temporary: boolean;
  constructor(
    readonly store: string,
    readonly problem: string,
    { hint, temporary = false, cause }: StoreErrorOptions = {},
  ) {
    super(`${store}: ${problem}`, hint, { cause, code: 'LEXEL_STORE' });
    this.temporary = temporary;
  }
}
