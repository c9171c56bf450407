/** Progress bars of commands other than training, whose bar is in display.ts. */

import cliProgress from 'cli-progress';

export interface Bar<Fields> {
  update(done: number, total: number, fields: Fields): void;
  /** May be called twice. */
  stop(): void;
}

/**
 * Shows nothing if standard error is not a terminal. The bar appears with the first update, and is removed at the end.
 * @param text what follows the bar; {name} stands for a field
 */
export function terminalBar<Fields extends object>(text: string): Bar<Fields> {
  let bar: cliProgress.SingleBar | undefined;
  return {
    update(done, total, fields) {
      if (!process.stderr.isTTY) return;
      if (!bar) {
        bar = new cliProgress.SingleBar({
          format: `{bar} ${text}`,
          stream: process.stderr,
          hideCursor: true,
          clearOnComplete: true,
        });
        bar.start(total, done, fields);
      }
      bar.setTotal(total);
      bar.update(done, fields);
    },
    stop() {
      bar?.stop();
      bar = undefined;
    },
  };
}

/** The bar of a download; `update` receives bytes. */
export function downloadBar(): { update: (done: number, total?: number) => void; stop: () => void } {
  const bar = terminalBar<{ megabytes: string; whole: string }>(
    '{percentage} % | {megabytes} of {whole} MB | {eta_formatted} left',
  );
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return {
    update: (done, total = 0) =>
      bar.update(done, total, { megabytes: megabytes(done), whole: megabytes(total) }),
    stop: bar.stop,
  };
}
