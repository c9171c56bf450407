/**
 * Cautions about a run: what its numbers do not cover, and what readers should know before they compare them.
 */
import { differentEngines, halfLinesText, type RunFile } from '../crossval/run-file.js';
import { keptEpoch } from '../train/index.js';
import { counted, percent } from '../util/format.js';
import type { WordVectors } from '../words/index.js';
import type { classCurves } from './curves.js';
import { chosenReading } from './fold-reading.js';
import type { RunData } from './load.js';

/** Whether the run averaged only its weights, as in format version 1. */
export function hasOldAverages({ version, config }: Pick<RunFile, 'version' | 'config'>): boolean {
  return version === 1 && config.ema > 0;
}
export const OLD_AVERAGES =
  'trained with --ema by an earlier version, which measured its averaged weights with running statistics that were not averaged, ' +
  'and epoch 0 on a network of zeros: the initial loss and what is relative to it mean something else.';

interface NotedClass {
  readonly fold: string;
  readonly class: number;
  readonly label: string;
  readonly finalLoss: number;
}

function notesOnVocabulary({ norms, source }: WordVectors): string[] {
  const zero = norms.filter((norm) => norm === 0).length;
  if (zero === 0) return [];
  return [
    `${zero} of the words of ${source} have a zero vector, which has no direction: they are no candidates.`,
  ];
}

/** What validation, early stopping and the choice of the best epoch mean for the numbers. */
function notesOnValidation({ run: { run }, folds }: RunData): string[] {
  const { epochs, patience, keepBest, validationShare } = run.config;
  if (validationShare === undefined) return [];
  const ends = folds.flatMap(({ record }) => (record.end ? [record.end] : []));
  const range = (values: readonly number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return low === high ? `${low}` : `${low} to ${high}`;
  };
  const notes = [
    `${percent(validationShare, 0)} of the training images of each seen class were set apart for validation, and not trained on.`,
  ];
  const early = ends.filter((end) => end.epochs < epochs);
  if (patience !== undefined) {
    notes.push(
      `A fold stops when its validation loss has not become lower for ${counted(patience, 'epoch')} (--patience): ` +
        `${early.length} of ${counted(ends.length, 'fold')} stopped early` +
        (early.length > 0
          ? `, after ${range(early.map((end) => end.epochs))} of ${counted(epochs, 'epoch')}. In the curves, a class whose fold has ` +
            'stopped keeps the loss of the weights that were kept.'
          : '.'),
    );
  }
  const best = ends.flatMap(({ bestEpoch }) => (bestEpoch === undefined ? [] : [bestEpoch]));
  if (keepBest && best.length > 0) {
    const earlier = ends.filter((end) => keptEpoch(run.config, end) < end.epochs).length;
    notes.push(
      `The numbers are of each fold's epoch with the lowest validation loss (--keep-best), which is ${range(best)}` +
        (earlier > 0 ? `; in ${earlier} of ${counted(ends.length, 'fold')} the curves go on after it.` : '.'),
    );
  }
  return notes;
}

/**
 * @param classes every held-out class with its final loss
 * @param curves losses of the same classes by epoch, from the logs
 * @param vocabulary words that are candidates in addition to the labels
 * @param withSeen number of folds whose seen test images were kept
 */
export function notesOn(
  data: RunData,
  classes: readonly NotedClass[],
  curves: ReturnType<typeof classCurves>,
  vocabulary: WordVectors | undefined,
  withSeen: number,
): string[] {
  const { run, folds } = data.run;
  const notes: string[] = [];
  const finished = data.folds.length + data.unusable.length;
  if (finished < folds.length) {
    notes.push(`${finished} of ${folds.length} folds have finished; every number here is of those alone.`);
  }
  for (const { id, reason } of data.unusable)
    notes.push(`Fold ${id} is left out of every number: ${reason}.`);
  for (const { id, failed, finished } of folds) {
    if (failed && !finished) notes.push(`Fold ${id} failed: ${failed.message}.`);
  }
  for (const fold of folds) {
    if (fold.halfLines.length > 0) notes.push(`${halfLinesText(fold)}.`);
  }
  const engines = differentEngines(data.folds.flatMap(({ record }) => record.engines));
  if (engines.length > 1) {
    const named = engines.map((engine) => {
      const own = data.folds.filter(({ record }) =>
        record.engines.some((other) => differentEngines([engine, other]).length === 1),
      ).length;
      const { backend, isa, build } = engine;
      return `${own} of ${data.folds.length} on ${backend} (${isa}, build ${build})`;
    });
    notes.push(
      `Folds were trained on ${engines.length} engines, whose last bits differ: ${named.join(', ')}.`,
    );
  }
  if (run.normalisation === 'data set' && folds.some(({ heldOut }) => heldOut.length > 0)) {
    notes.push(
      'Normalisation: data set. Pixels were normalised with the mean and deviation of all training images, held-out ' +
        'classes included, as earlier versions did. Such a run is not compared with runs normalised by fold.',
    );
  }
  if (hasOldAverages(run)) notes.push(`This run was ${OLD_AVERAGES}`);
  if (withSeen > 0 && withSeen < data.folds.length) {
    notes.push(
      `${withSeen} of ${data.folds.length} folds have kept the test images of their seen classes: AUSUC, two constants, accuracies on ` +
        'seen and unseen classes and CSLS by seen images are over those folds alone.',
    );
  }
  const distinct = new Set(classes.map((c) => c.class)).size;
  if (distinct < 10) {
    notes.push(`Calibrated skill needs at least 10 held-out classes; this run has ${distinct}.`);
  }
  if (data.folds.every((fold) => fold.heldOut.length === 1)) {
    notes.push(
      'Each fold holds out one class, so hits among held-out labels and the permutation null are n/a. A network leans to ' +
        'the words it was trained on, so without transfer the true word ranks worse than the chance level shown: the ' +
        'permuted control, not chance, is the fair null here.',
    );
  }
  const shared = run.words.labels.filter((entry) => entry.via === 'mean');
  if (shared.length > 0) {
    notes.push(
      `${shared.length} of ${run.words.labels.length} labels are the mean of their words and so resemble labels that ` +
        'share one of them: part of what looks like transfer to these may be that.',
    );
  }
  if (run.config.loss !== 'mse') {
    notes.push(
      `Trained with ${run.config.loss} loss. The losses, relative changes and skill shown are squared errors between ` +
        "points of the recipe's space; across recipes only ranks, hits, AUSUC and centred cosine compare.",
    );
  }
  const chosen = chosenReading(data.reading);
  if (chosen !== undefined) {
    notes.push(
      `Read by ${chosen}: ranks, hits, AUSUC and cosines are of it. Losses, relative change and skill need the recipe's own ` +
        `space and are those of ${data.reading.own}.`,
    );
  }
  const { note } = data.folds[0].reading;
  if (note) notes.push(note);
  if (run.control !== undefined) {
    notes.unshift(
      `This is a control run (${run.control}): its numbers show what is left when that is taken away, not what the ` +
        'experiment itself reaches.',
    );
  }
  if (run.config.limit !== null)
    notes.push(
      `Each fold trained on ${run.config.limit} images only (--limit)${run.config.validationShare === undefined ? '' : ', those for validation included'}.`,
    );
  notes.push(...notesOnValidation(data));
  const last = new Map(curves.map((curve) => [`${curve.fold}/${curve.class}`, curve.kept]));
  const off = classes.find((c) => {
    const logged = last.get(`${c.fold}/${c.class}`);
    return logged !== undefined && Math.abs(logged - c.finalLoss) > 1e-3 * Math.max(logged, c.finalLoss);
  });
  if (off) {
    notes.push(
      `The log of fold ${off.fold} and its kept outputs disagree on the final loss of ${off.label}: the curves may ` +
        'be of other weights than the numbers.',
    );
  }
  if (vocabulary) notes.push(...notesOnVocabulary(vocabulary));
  return notes;
}
