/** Errors that a user can act on. The command line prints their message without a stack trace. */
import { visible } from './visible.js';

/** Something the user gave (a file, a value) is wrong. `message` names it and the place; `hint` the way out. */
export class LexelError extends Error {
  override name = 'LexelError';
  constructor(
    message: string,
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The command was called wrongly: the command line exits with 2 instead of 1. */
export class UsageError extends LexelError {
  override name = 'UsageError';
}

/** A file does not hold what its format promises. The message always starts with the file's path, shown on one line. */
export class FormatError extends LexelError {
  override name = 'FormatError';
  constructor(
    readonly file: string,
    readonly problem: string,
    hint?: string,
  ) {
    super(`${visible(file)}: ${problem}`, hint);
  }
}
