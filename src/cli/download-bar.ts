/** Progress bar of a download. */

import cliProgress from 'cli-progress';

/** A bar on a terminal; shows nothing if standard error is not a terminal. `stop` may be called twice. */
export function downloadBar(): { update: (done: number, total?: number) => void; stop: () => void } {
  let bar: cliProgress.SingleBar | undefined;
  return {
    update(done, total = 0) {
      if (!process.stderr.isTTY) return;
      if (!bar) {
        bar = new cliProgress.SingleBar({
          format: '{bar} {percentage} % | {megabytes} of {whole} MB | {eta_formatted} left',
          stream: process.stderr,
          hideCursor: true,
        });
        bar.start(total, done, { megabytes: 0, whole: 0 });
      }
      bar.setTotal(total);
      bar.update(done, { megabytes: (done / 1e6).toFixed(1), whole: (total / 1e6).toFixed(1) });
    },
    stop() {
      bar?.stop();
      bar = undefined;
    },
  };
}
