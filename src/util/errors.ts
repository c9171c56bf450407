/** Errors that the user can fix. The command line prints their message without a stack trace. */
import { visible } from './visible.js';

/** A file or value from the user is wrong. `message` names it and the location; `hint` says how to fix it. */
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

/** Wrong usage of a command: the command line exits with 2 instead of 1. */
export class UsageError extends LexelError {
  override name = 'UsageError';
}

/** A file violates its format. The message starts with the file's path, escaped so that it fits on one line. */
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
