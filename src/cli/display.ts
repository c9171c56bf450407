/** The progress of a run: a line per fold (or per epoch) and, on a terminal, a bar with the remaining time. */

import cliProgress from 'cli-progress';
import { type Experiment, type FoldFailure, type Progress, readFold } from '../crossval/index.js';
import { tellsHit } from '../statistics/measures.js';
import type { EndEvent, EpochEvent, Fold, FoldEvent, TrainConfig } from '../train/index.js';
import { type Field, fitFields } from '../util/fields.js';
import { change as changeText, counted, fixed, percent } from '../util/format.js';
import { visible } from '../util/visible.js';
import { look, print, printError, screenText, widthOf } from './terminal.js';

/** Seconds between progress lines if standard error is not a terminal: at first, and in the end for long runs. */
const PLAIN_INTERVAL = { first: 5, last: 60 };
/** Share of the time so far that passes before the next progress line. */
const PLAIN_SHARE = 0.05;

/** Columns of the bar itself, on a wide and on a narrow terminal. */
const BAR_SIZE = { wide: 30, narrow: 12 };

interface BarPayload {
  readonly fields: readonly Field[];
}

const BAR: cliProgress.Options = {
  format: (options, { progress }, { fields }: BarPayload) => {
    const width = widthOf(process.stderr) - 1;
    const size = width < 80 ? BAR_SIZE.narrow : BAR_SIZE.wide;
    const done = Math.round(progress * size);
    const bar =
      `${options.barCompleteChar ?? '█'}`.repeat(done) +
      `${options.barIncompleteChar ?? '░'}`.repeat(size - done);
    const line = fitFields([{ text: bar, drop: 3 }, ...fields], width, ' | ');
    return line.startsWith(bar) ? line.replace(' | ', ' ') : line;
  },
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
  private readonly start = performance.now();
  private lastPlain = performance.now();

  private readonly classes: readonly string[];
  private readonly config: TrainConfig;

  /** @param epochs also print a line per epoch (for a single fold) */
  constructor(
    private readonly dir: string,
    { dataset, config }: Pick<Experiment, 'dataset' | 'config'>,
    private readonly epochs: boolean,
  ) {
    this.classes = dataset.classes;
    this.config = config;
  }

  /** Prints a line, above the bar if there is one. */
  print(line: string): void {
    // On a terminal, use the bar's log: the bar would overwrite a line printed directly.
    if (this.bars && process.stdout.isTTY) this.bars.log(`${screenText(line, process.stderr)}\n`);
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
      const { validation, trainImages, parameters, steps } = event;
      const apart = validation ? `, ${validation.images} for validation` : '';
      this.print(
        `${trainImages} training images${apart}${dropped}; ${parameters} parameters; ${this.config.patience ? 'at most ' : ''}${steps} steps`,
      );
    }
    if (event.type !== 'epoch') return;
    if (event.epoch === 0) this.begins(event.fold, event.heldOut.loss);
    if (this.epochs) this.print(epochLine(event, this.classes.length));
  }

  /** Stores the untrained network's loss, if there is one. */
  private begins(fold: string, loss: number | null | undefined): void {
    if (loss) this.untrained.set(fold, loss);
  }

  finished(fold: Fold, kept: EpochEvent | undefined, end: EndEvent): void {
    const epochs = epochsRun(end, this.config);
    this.print(foldLine(fold, this.classes, kept, end, epochs, this.untrained.get(fold.id)));
  }

  failed({ fold, message, stack }: FoldFailure): void {
    this.print(`${fold}: ${look().style('bad', 'FAILED')}: ${visible(message)}`);
    if (stack && process.env.LEXEL_DEBUG) this.print(stack);
  }

  progress(progress: Progress): void {
    const { share, foldsDone, folds, imagesPerSecond, secondsLeft, atMost } = progress;
    const left = secondsLeft === null ? '?' : duration(secondsLeft);
    const fields = [
      { text: `${Math.floor(100 * share)} %`, drop: 0 },
      { text: `${foldsDone}/${folds} folds`, drop: 2 },
      { text: `${Math.round(imagesPerSecond)} images/s`, drop: 4 },
      { text: `${atMost ? 'at most ' : ''}${left} left`, drop: 1 },
    ];
    if (process.stderr.isTTY) {
      this.bars ??= new cliProgress.MultiBar(BAR, cliProgress.Presets.shades_classic);
      this.bar ??= this.bars.create(1, share, { fields });
      this.bar.update(share, { fields });
      return;
    }
    const now = performance.now();
    const { first, last } = PLAIN_INTERVAL;
    const interval = Math.min(last, Math.max(first, (PLAIN_SHARE * (now - this.start)) / 1000));
    if (now - this.lastPlain < interval * 1000) return;
    this.lastPlain = now;
    printError(fields.map(({ text }) => text).join(' | '));
  }

  stop(): void {
    this.bars?.update(); // prints pending log lines
    this.bars?.stop();
    this.bars = undefined;
    this.bar = undefined;
  }
}

/**
 * "epoch   3  train 0.2213  held out: loss 0.2811  skill -0.021  cosine 0.312  rank 18.2  hit@1 …". On a narrow terminal
 * the rank and the hits stay. With validation: "epoch   3  train 0.2213  validation 0.2311  validation hit@1  34.0 %
 * held out: rank 18.2 …".
 */
function epochLine(event: EpochEvent, labels: number): string {
  const { epoch, trainLoss, heldOut, validation, classes, seconds } = event;
  const fields: Field[] = [
    { text: `epoch ${String(epoch).padStart(3)}`, drop: 0 },
    { text: `train ${trainLoss === null ? '     -' : fixed(trainLoss, 4)}`, drop: 5 },
  ];
  if (validation) {
    fields.push(
      { text: `validation ${fixed(validation.loss, 4)}`, drop: 1 },
      { text: `validation hit@1 ${percent(validation.hit1)}`, drop: 2 },
    );
  }
  if (classes.length > 0) {
    const loss = `loss ${fixed(heldOut.loss, 4)}`;
    const rank = `rank ${fixed(heldOut.rank, 1).padStart(validation ? 4 : 5)}`;
    const ranks: Field[] = [
      // Beside measures of the validation images, the fields that stay must say that they are of the held-out classes.
      { text: validation ? `held out: ${rank}` : rank, drop: 0 },
      ...hits(heldOut, labels, true),
    ];
    const others: Field[] = [
      { text: validation ? loss : `held out: ${loss}`, drop: 4 },
      { text: `skill ${fixed(heldOut.skill, 3).padStart(6)}`, drop: 6 },
      { text: `cosine ${fixed(heldOut.centredCosine, 3).padStart(6)}`, drop: 3 },
    ];
    fields.push(...(validation ? [...ranks, ...others] : [...others, ...ranks]));
  }
  if (epoch > 0) fields.push({ text: `${seconds.toFixed(1)} s`, drop: 7 });
  return fitFields(fields, look().width);
}

/** The hits that are not certain among the labels. */
function hits({ hit1, hit5 }: EpochEvent['heldOut'], labels: number, padded: boolean): Field[] {
  const all: [number, number | null][] = [
    [1, hit1],
    [5, hit5],
  ];
  return all
    .filter(([k]) => tellsHit(k, labels))
    .map(([k, share]) => ({
      text: `hit@${k} ${padded ? percent(share).padStart(7) : percent(share)}`,
      drop: 0,
    }));
}

/** "25 epochs", "9 epochs, best 6", or, if the weights of the best are kept, "epoch 6 of 9". */
function epochsRun({ epochs, bestEpoch }: EndEvent, { keepBest }: TrainConfig): string {
  if (bestEpoch === undefined) return counted(epochs, 'epoch');
  return keepBest ? `epoch ${bestEpoch} of ${epochs}` : `${counted(epochs, 'epoch')}, best ${bestEpoch}`;
}

/** @param kept the epoch whose weights are kept */
function foldLine(
  { id, heldOut }: Fold,
  classes: readonly string[],
  kept: EpochEvent | undefined,
  end: EndEvent,
  epochs: string,
  untrained: number | undefined,
): string {
  const name =
    heldOut.length === 1
      ? classes[heldOut[0]]
      : heldOut.length === 0
        ? 'nothing held out'
        : `${id} (${heldOut.length} classes)`;
  const fields: Field[] = [
    { text: visible(name).padEnd(16), drop: 0 },
    { text: epochs, drop: end.bestEpoch === undefined ? 7 : 1 },
  ];
  if (kept && kept.classes.length > 0) {
    const { loss, skill, centredCosine, rank } = kept.heldOut;
    const change = untrained && loss !== null ? ` (${changeText(loss / untrained - 1)})` : '';
    fields.push(
      { text: `loss ${fixed(loss, 4)}${change}`, drop: 3 },
      { text: `skill ${fixed(skill, 3)}`, drop: 5 },
      { text: `cosine ${fixed(centredCosine, 3)}`, drop: 2 },
      { text: `rank ${fixed(rank, 1)}`, drop: 0 },
      ...hits(kept.heldOut, classes.length, false),
    );
  }
  fields.push(
    { text: `${Math.round(end.imagesPerSecond)} images/s`, drop: 6 },
    { text: duration(end.seconds), drop: 4 },
  );
  return fitFields(fields, look().width);
}

/** Seconds as "42 s", "3 min 10 s", "2 h 05 min". */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
}
