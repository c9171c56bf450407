/** How long this process has stood still (SIGSTOP, then SIGCONT): for clocks that should not count that. */

/** Milliseconds between looks at the clock, and so about how exactly a pause is measured. */
const TICK = 250;

/**
 * Calls `onPause` with the length of every pause of this process in milliseconds, once it goes on. Pauses of less than
 * half a second are passed over. For the main thread: others hear no signals. Where it is kept busy for as long as a
 * pause, that counts with a pause that ends then, and never without one. Does not keep the process alive.
 * @returns a function that ends the watch
 */
export function watchPauses(onPause: (milliseconds: number) => void): () => void {
  let last = performance.now();
  /** A gap before the last look: after a pause the timer may be heard before the signal. */
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
