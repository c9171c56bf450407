/** The progress of a run: a line per fold (or per epoch) and, on a terminal, a bar with the remaining time. */

import cliProgress from 'cli-progress';
import { type FoldFailure, type Progress, readFold } from '../crossval/index.js';
import type { EndEvent, EpochEvent, Fold, FoldEvent } from '../train/index.js';
import { visible, visibleLines } from '../util/visible.js';
import { print, printError } from './terminal.js';

/** Seconds between progress lines if standard error is not a terminal. */
const PLAIN_INTERVAL = 60;

const BAR: cliProgress.Options = {
  format: '{bar} {percentage} % | {done}/{folds} folds | {rate} images/s | {left} left',
  barsize: 30,
  hideCursor: true,
  clearOnComplete: true,
  // A logged line overwrites the bar, so the bar must be redrawn even if it has not changed.
  forceRedraw: true,
  stream: process.stderr,
  gracefulExit: false,
};

export class Display {
  private bars: cliProgress.MultiBar | undefined;
  private bar: cliProgress.SingleBar | undefined;
  private readonly untrained = new Map<string, number>();
  private lastPlain = performance.now();

  /** @param epochs also print a line per epoch (for a single fold) */
  constructor(
    private readonly dir: string,
    private readonly classes: readonly string[],
    private readonly epochs: boolean,
  ) {}

  /** Prints a line, above the bar if there is one. */
  print(line: string): void {
    // On a terminal, use the bar's log: the bar would overwrite a line printed directly.
    if (this.bars && process.stdout.isTTY) this.bars.log(`${visibleLines(line)}\n`);
    else print(line);
  }

  event(event: FoldEvent): void {
    if (event.type === 'resume') {
      this.print(`${event.fold}: resuming after epoch ${event.epoch}`);
      const [first] = readFold(this.dir, { id: event.fold, heldOut: [] }).epochs;
      this.begins(event.fold, first?.heldOut.loss);
    }
    if (event.type === 'warning') this.print(`${event.fold}: ${event.message}`);
    if (event.type === 'start' && this.epochs) {
      const dropped =
        event.droppedDuplicates > 0
          ? `, ${event.droppedDuplicates} more dropped because they equal held-out images`
          : '';
      this.print(
        `${event.trainImages} training images${dropped}; ${event.parameters} parameters; ${event.steps} steps`,
      );
    }
    if (event.type !== 'epoch') return;
    if (event.epoch === 0) this.begins(event.fold, event.heldOut.loss);
    if (this.epochs) this.print(epochLine(event));
  }

  /** Stores the untrained network's loss, if there is one. */
  private begins(fold: string, loss: number | null | undefined): void {
    if (loss) this.untrained.set(fold, loss);
  }

  finished(fold: Fold, last: EpochEvent | undefined, end: EndEvent): void {
    this.print(foldLine(fold, this.classes, last, end, this.untrained.get(fold.id)));
  }

  failed({ fold, message, stack }: FoldFailure): void {
    this.print(`${fold}: FAILED: ${visible(message)}`);
    if (stack && process.env.LEXEL_DEBUG) this.print(stack);
  }

  progress(progress: Progress): void {
    const { images, totalImages, foldsDone, folds, imagesPerSecond, secondsLeft } = progress;
    const payload = {
      done: foldsDone,
      folds,
      rate: Math.round(imagesPerSecond),
      left: secondsLeft === null ? '?' : duration(secondsLeft),
    };
    if (process.stderr.isTTY) {
      this.bars ??= new cliProgress.MultiBar(BAR, cliProgress.Presets.shades_classic);
      this.bar ??= this.bars.create(totalImages, images, payload);
      this.bar.update(images, payload);
    } else if (performance.now() - this.lastPlain > PLAIN_INTERVAL * 1000) {
      this.lastPlain = performance.now();
      const share = Math.floor((100 * images) / Math.max(1, totalImages));
      printError(
        `${share} % | ${foldsDone}/${folds} folds | ${payload.rate} images/s | ${payload.left} left`,
      );
    }
  }

  stop(): void {
    this.bars?.update(); // prints pending log lines
    this.bars?.stop();
    this.bars = undefined;
    this.bar = undefined;
  }
}

/** "epoch  3  train 0.2213  held out: loss 0.2811  skill -0.021  cosine 0.312  rank 18.2  hit@5 31.0 %  4.1 s" */
function epochLine({ epoch, trainLoss, heldOut, classes, seconds }: EpochEvent): string {
  const parts = [
    `epoch ${String(epoch).padStart(3)}`,
    `train ${trainLoss === null ? '     -' : trainLoss.toFixed(4)}`,
  ];
  if (classes.length > 0) {
    parts.push(
      `held out: loss ${fixed(heldOut.loss, 4)}`,
      `skill ${fixed(heldOut.skill, 3).padStart(6)}`,
      `cosine ${fixed(heldOut.centredCosine, 3).padStart(6)}`,
      `rank ${fixed(heldOut.rank, 1).padStart(5)}`,
      `hit@1 ${percent(heldOut.hit1)}`,
      `hit@5 ${percent(heldOut.hit5)}`,
    );
  }
  if (epoch > 0) parts.push(`${seconds.toFixed(1)} s`);
  return parts.join('  ');
}

function foldLine(
  { id, heldOut }: Fold,
  classes: readonly string[],
  last: EpochEvent | undefined,
  end: EndEvent,
  untrained: number | undefined,
): string {
  const name =
    heldOut.length === 1
      ? classes[heldOut[0]]
      : heldOut.length === 0
        ? 'nothing held out'
        : `${id} (${heldOut.length} classes)`;
  const parts = [visible(name).padEnd(16), `${end.epochs} epoch${end.epochs === 1 ? '' : 's'}`];
  if (last && last.classes.length > 0) {
    const { loss, skill, centredCosine, rank, hit5 } = last.heldOut;
    const change = untrained && loss !== null ? ` (${signed((loss / untrained - 1) * 100)} %)` : '';
    parts.push(
      `loss ${fixed(loss, 4)}${change}`,
      `skill ${fixed(skill, 3)}`,
      `cosine ${fixed(centredCosine, 3)}`,
      `rank ${fixed(rank, 1)}`,
      `hit@5 ${percent(hit5).trim()}`,
    );
  }
  parts.push(`${Math.round(end.imagesPerSecond)} images/s`, duration(end.seconds));
  return parts.join('  ');
}

/** Null means n/a: a word without a direction has no cosine, rank or hits. */
const fixed = (value: number | null, digits: number) => (value === null ? 'n/a' : value.toFixed(digits));
const percent = (share: number | null) => (share === null ? 'n/a' : `${fixed(100 * share, 1)} %`).padStart(7);
const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;

/** Seconds as "42 s", "3 min 10 s", "2 h 05 min". */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
}
