/** Answers other than 2xx: JSON of faultSchema, for every error. */

import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ErrorCode, LexelError } from '../../util/errors.js';
import type { Fault } from '../messages/studio.js';

/** What the user asked for is there but cannot be had: 422. */
const STATUS: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  LEXEL_NOT_FOUND: 404,
  LEXEL_USAGE: 400,
  LEXEL_LOCKED: 409,
};

/** An answer with this status. */
export class HttpFault extends Error {
  override name = 'HttpFault';
  constructor(
    readonly status: ContentfulStatusCode,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** @param onBug receives errors that are bugs in Lexel; the answer does not contain their message */
export function faultOf(
  error: unknown,
  onBug: (error: unknown) => void,
): { status: ContentfulStatusCode; fault: Fault } {
  if (error instanceof HttpFault) {
    const { status, message, hint } = error;
    return { status, fault: { message, hint } };
  }
  if (error instanceof LexelError) {
    const { message, hint, code } = error;
    return { status: STATUS[code] ?? 422, fault: { message, hint, code } };
  }
  if (error instanceof HTTPException) {
    return { status: error.status as ContentfulStatusCode, fault: { message: error.message } };
  }
  onBug(error);
  return {
    status: 500,
    fault: { message: 'The studio failed to answer', hint: 'The terminal in which it runs shows the error.' },
  };
}

export function answerFault(c: Context, error: unknown, onBug: (error: unknown) => void): Response {
  const { status, fault } = faultOf(error, onBug);
  return c.json(fault, status, { 'cache-control': 'no-store' });
}
