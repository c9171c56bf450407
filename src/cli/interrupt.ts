/** Ctrl-C and SIGTERM: the first stops cleanly, the second exits at once. */

import { EXIT_CODES } from '../util/errors.js';

/** Exit code after Ctrl-C, by the convention of shells. */
export const INTERRUPTED = EXIT_CODES.interrupted;

/**
 * Runs `work`, which cannot be stopped cleanly, such as the preparation of a run: SIGTERM ends the process at once, with
 * the exit code of a stopped run. Without this it would end by the signal or, as the first process of a container, go on.
 */
export async function endedBySigterm<T>(work: () => Promise<T>): Promise<T> {
  const listener = () => process.exit(INTERRUPTED);
  process.on('SIGTERM', listener);
  try {
    return await work();
  } finally {
    process.off('SIGTERM', listener);
  }
}

/**
 * Runs `work` with a signal that the first SIGINT or SIGTERM aborts; the second ends the process.
 * @param onStop called at the first signal, to print a message
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onStop: () => void,
): Promise<T> {
  const controller = new AbortController();
  const listener = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
    onStop();
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  }
}
