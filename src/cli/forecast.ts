/** The line about time, disk and memory before a long run, and `--dry-run`. */

import { type Experiment, type Forecast, type ForecastOptions, forecast } from '../crossval/index.js';
import { bytesText, counted, duration } from '../util/format.js';
import type { RunAnswers } from './run-answer.js';
import { print } from './terminal.js';

/** Prints what the rest of the run will take, unless it is short or nothing is left. */
export async function tellForecast(experiment: Experiment, options: ForecastOptions): Promise<void> {
  const found = await forecast(experiment, options);
  if (found.time) print(forecastText(found));
}

/** Prints what the run would take. Nothing is written. */
export async function dryRun(
  experiment: Experiment,
  options: ForecastOptions,
  { onAnswer }: RunAnswers,
): Promise<void> {
  const found = await forecast(experiment, { ...options, always: true });
  onAnswer?.({ planned: options.dirs, forecast: found });
  print(forecastText(found));
  print('Nothing was written (--dry-run).');
}

/**
 * For example "Estimated time: 41 h 20 min (2 threads, 830 images/s) for 100 folds of 25 epochs, 123.5 million images;
 * 250 MiB of disk, 1.2 GiB of memory."
 */
function forecastText(found: Forecast): string {
  const { folds, epochs, images, time, disk, memory, workers, threads, atMost } = found;
  if (folds === 0) return 'Nothing is left to train: all folds are finished, or failed (--retry).';
  const most = atMost ? 'at most ' : '';
  const what = `${counted(folds, 'fold')} of ${most}${counted(epochs, 'epoch')}, ${most}${million(images)} images`;
  const space = `${bytesText(rounded(disk))} of disk, ${bytesText(rounded(memory))} of memory`;
  if (!time) return `Estimated: ${what}; ${space}. The time could not be measured.`;
  const rate = `${counted(workers * threads, 'thread')}, ${Math.round(time.imagesPerSecond)} images/s`;
  return `Estimated time: ${most}${duration(time.seconds)} (${rate}) for ${what}; ${space}.`;
}

function million(count: number): string {
  return count < 1e6 ? count.toLocaleString('en') : `${(count / 1e6).toFixed(1)} million`;
}

/** To two digits, because more are not known. */
function rounded(bytes: number): number {
  const unit = 1024 ** Math.floor(Math.log2(Math.max(1, bytes)) / 10);
  return Number((bytes / unit).toPrecision(2)) * unit;
}
