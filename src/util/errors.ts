/**
 * Errors that the user can fix, and their codes. The command line prints their message without a stack trace and exits
 * with the code of {@link ERROR_CODES}.
 */
import { visible } from './visible.js';

/**
 * Exit codes of the command line, apart from those of other programs that it runs. `poisoned`: a fold failed too often to
 * try it again; only workers of a queue and array jobs exit with it.
 */
export const EXIT_CODES = { done: 0, failed: 1, usage: 2, poisoned: 42, interrupted: 130 } as const;

/** Every code of an error that Lexel throws: its meaning, and the exit code of a command that it ends. */
export const ERROR_CODES = {
  LEXEL_INVALID: { meaning: 'a value, or a combination of values, cannot be used', exit: EXIT_CODES.failed },
  LEXEL_USAGE: { meaning: 'a command or function was called in the wrong way', exit: EXIT_CODES.usage },
  LEXEL_NOT_FOUND: {
    meaning: 'there is no data set, run, model, index or word with this name',
    exit: EXIT_CODES.failed,
  },
  LEXEL_FORMAT: {
    meaning: 'a file cannot be read, is damaged, or has another format',
    exit: EXIT_CODES.failed,
  },
  LEXEL_SYSTEM: {
    meaning: 'the system refused an operation on a file, such as writing to a full disk',
    exit: EXIT_CODES.failed,
  },
  LEXEL_CHECKSUM: { meaning: 'the content of a file is not the published content', exit: EXIT_CODES.failed },
  LEXEL_DOWNLOAD: { meaning: 'a download failed', exit: EXIT_CODES.failed },
  LEXEL_LOCKED: { meaning: 'another process works on the same run', exit: EXIT_CODES.failed },
  LEXEL_DRIFT: {
    meaning: 'the engine differs from the one that began a run, so results would differ in their last bits',
    exit: EXIT_CODES.failed,
  },
  LEXEL_DIVERGED: { meaning: 'the training loss is no longer a number', exit: EXIT_CODES.failed },
  LEXEL_MEMORY: { meaning: 'the computation does not fit into memory', exit: EXIT_CODES.failed },
  LEXEL_STORE: { meaning: 'a shared store cannot be reached, or refuses', exit: EXIT_CODES.failed },
} as const satisfies Record<`LEXEL_${string}`, { meaning: string; exit: number }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface LexelErrorOptions extends ErrorOptions {
  /** Default LEXEL_INVALID. Subclasses have their own code. */
  readonly code?: ErrorCode;
}

/** A file or value from the user is wrong. `message` names it and the location; `hint` says how to fix it. */
export class LexelError extends Error {
  override name = 'LexelError';
  /** Stable between versions, unlike the message. */
  readonly code: ErrorCode;
  constructor(
    message: string,
    readonly hint?: string,
    { code = 'LEXEL_INVALID', ...options }: LexelErrorOptions = {},
  ) {
    super(message, options);
    this.code = code;
  }
}

/** Wrong usage of a command: the command line exits with 2 instead of 1. */
export class UsageError extends LexelError {
  override name = 'UsageError';
  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, hint, { ...options, code: 'LEXEL_USAGE' });
  }
}

/** A file violates its format. The message starts with the file's path, escaped so that it fits on one line. */
export class FormatError extends LexelError {
  override name = 'FormatError';
  constructor(
    readonly file: string,
    readonly problem: string,
    hint?: string,
  ) {
    super(`${visible(file)}: ${problem}`, hint, { code: 'LEXEL_FORMAT' });
  }
}
