/** Measures how long this process was stopped (SIGSTOP, then SIGCONT), for clocks that should exclude that time. */

/** Milliseconds between clock readings; the approximate accuracy of the measurement. */
const TICK = 250;

/**
 * Calls `onPause` after every pause of this process, with its length in milliseconds. Pauses shorter than half a second
 * are ignored. Works only on the main thread, because other threads do not receive signals. If the event loop was
 * also blocked around a pause, that time is counted as part of the pause; without a pause, it is never counted. Does
 * not keep the process alive.
 * @returns a function that stops watching
 */
export function watchPauses(onPause: (milliseconds: number) => void): () => void {
  let last = performance.now();
  /** The delay of the last clock reading; after a pause, the timer may fire before the signal handler. */
  let gap = 0;
  const look = () => {
    const now = performance.now();
    gap = now - last - TICK;
    last = now;
  };
  const goOn = () => {
    const pause = Math.max(gap, performance.now() - last);
    gap = 0;
    last = performance.now();
    if (pause >= 2 * TICK) onPause(pause);
  };
  const timer = setInterval(look, TICK).unref();
  process.on('SIGCONT', goOn);
  return () => {
    clearInterval(timer);
    process.off('SIGCONT', goOn);
  };
}
