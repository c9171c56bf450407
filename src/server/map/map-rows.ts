/**
 * The words and images of a map, as rows of the recipe's space minus the mean of the fold's seen words, at unit length: what
 * ranks compare, by the network's own reading.
 */
import { readFoldOutputs } from '../../crossval/fold-outputs.js';
import { fromHalf } from '../../formats/index.js';
import { answersOf, type FoldData, type RunData } from '../../statistics/index.js';
import { UsageError } from '../../util/errors.js';
import { unitRows } from '../../util/unit-rows.js';
import { ALL_FOLDS } from '../messages/map.js';

/** Most held-out and seen images on a map. */
const MOST_HELD_OUT = 20_000;
const MOST_SEEN = 2_000;

/** Images of one class from one fold, at the epochs whose outputs are kept. */
interface Images {
  readonly fold: FoldData;
  readonly index: number;
  readonly ids: Int32Array;
  /** Unit rows [n, d] by epoch; null at epochs that are not kept. */
  readonly rows: readonly (Float32Array | null)[];
}

/** One word with the fold whose mean it is centred by. */
interface Word {
  readonly fold: FoldData;
  readonly index: number;
  /** Unit row [d]. */
  readonly row: Float32Array;
}

export interface MapRows {
  readonly dimension: number;
  readonly folds: readonly FoldData[];
  readonly choices: readonly string[];
  readonly restriction: string | null;
  readonly epochs: readonly number[];
  readonly words: readonly Word[];
  readonly heldOut: readonly Images[];
  readonly seen: readonly Images[];
  /** Images of the shown folds, including those beyond the limits. */
  readonly totals: { readonly heldOut: number; readonly seen: number };
}

/**
 * Why a run has no map: a message without a full stop. Runs of which only records are kept have none.
 */
export interface NoMap {
  readonly reason: string;
}

/**
 * @param data loaded with the network's own reading
 * @param fold its id, or {@link ALL_FOLDS}
 * @throws UsageError for a fold that has no map
 */
export function mapRows(data: RunData, fold: string): MapRows | NoMap {
  const kept = data.folds.filter(({ answers }) => answers !== null);
  if (kept.length === 0)
    return { reason: `${data.run.dir} keeps records of its folds, without the outputs of single images` };
  const choices = kept.map(({ record }) => record.id);
  if (fold !== ALL_FOLDS && !choices.includes(fold))
    throw new UsageError(
      `there is no map of fold ${fold}`,
      `choose ${ALL_FOLDS} or one of ${choices.join(', ')}`,
    );
  const ownAxes = kept.length > 1 && kept.some(({ space }) => space.numbers.matrix !== null);
  const folds =
    fold !== ALL_FOLDS ? kept.filter(({ record }) => record.id === fold) : ownAxes ? kept.slice(0, 1) : kept;
  const { dimension } = folds[0].space;
  const heldOut = folds.flatMap((one) => heldOutImages(one, data.run.run.config.epochs));
  const shown = spread(heldOut, MOST_HELD_OUT);
  const seen = folds.length === 1 ? seenImages(folds[0], epochsOf(data).length) : [];
  return {
    dimension,
    folds,
    choices,
    restriction:
      fold === ALL_FOLDS && ownAxes
        ? 'with this recipe every fold has a space of its own, so one fold is shown'
        : null,
    epochs: epochsOf(data),
    words: wordsOf(folds, data.run.run.dataset.classes.length),
    heldOut: shown,
    seen: spread(seen, MOST_SEEN),
    totals: { heldOut: imageCount(heldOut), seen: imageCount(seen) },
  };
}

export const imageCount = (parts: readonly Pick<Images, 'ids'>[]) =>
  parts.reduce((sum, { ids }) => sum + ids.length, 0);

/** Outputs are kept at epochs 0, 1 and the last. */
function epochsOf({ run }: RunData): number[] {
  return [...new Set([0, 1, run.run.config.epochs])].filter((epoch) => epoch <= run.run.config.epochs);
}

function heldOutImages(fold: FoldData, last: number): Images[] {
  return answersOf(fold).heldOut.map((one) => {
    const states = [last > 0 && one.epoch0, last > 1 && one.epoch1, one.last];
    const rows = states.flatMap((state) => (state ? [unitRows(state, fold.mu)] : []));
    return { fold, index: one.index, ids: one.ids, rows };
  });
}

/** Seen classes' test images, if their outputs are kept. */
function seenImages(fold: FoldData, epochs: number): Images[] {
  const { seenImages: kept } = readFoldOutputs(fold.record.files.outputs);
  if (!kept) return [];
  const d = fold.space.dimension;
  const all = unitRows(fold.space.answers(fromHalf(kept.outputs)), fold.mu);
  const rowsOf = new Map<number, number[]>();
  for (const [row, label] of kept.labels.entries()) rowsOf.set(label, [...(rowsOf.get(label) ?? []), row]);
  return [...rowsOf].map(([index, rows]) => {
    const last = new Float32Array(rows.length * d);
    for (const [to, row] of rows.entries()) last.set(all.subarray(row * d, (row + 1) * d), to * d);
    const ids = Int32Array.from(rows, (row) => kept.ids[row]);
    return { fold, index, ids, rows: [...Array<null>(epochs - 1).fill(null), last] };
  });
}

/** Equally many first images of each class, at most `limit` altogether but at least one of each. */
function spread(parts: readonly Images[], limit: number): readonly Images[] {
  if (imageCount(parts) <= limit) return parts;
  const each = Math.max(1, Math.floor(limit / parts.length));
  return parts.map((part) => {
    const d = part.fold.space.dimension;
    const rows = part.rows.map((state) => state?.subarray(0, each * d) ?? null);
    return { ...part, ids: part.ids.subarray(0, each), rows };
  });
}

/** Every word that has a direction, centred by the mean of a fold that holds it out, or else of the first. */
function wordsOf(folds: readonly FoldData[], classes: number): Word[] {
  const holder = new Map(folds.flatMap((fold) => fold.heldOut.map(({ index }) => [index, fold] as const)));
  return Array.from({ length: classes }, (_, index) => index).flatMap((index) => {
    const fold = holder.get(index) ?? folds[0];
    const { targets, dimension: d, directionless } = fold.space;
    if (directionless.has(index)) return [];
    return [{ fold, index, row: unitRows(targets.subarray(index * d, (index + 1) * d), fold.mu) }];
  });
}
