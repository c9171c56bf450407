/** What the visitor chose for the next training. The address holds it, except for the visitor's own images. */

import { computed, signal } from '@preact/signals';
import { shapeClasses } from '../../../src/data/shapes/vocabulary.js';
import { counted } from '../../../src/util/format.js';
import { deriveKey, Random } from '../../../src/util/random.js';
import { route } from '../route.js';
import type { Plan, VisitorClass } from './types.js';

/** The visitor's classes, in the order in which they were made. */
export const visitorClasses = signal<readonly VisitorClass[]>([]);

interface Settings {
  readonly kind: 'shapes' | 'own';
  /** Of the shapes world. */
  readonly classes: number;
  /** Training images of each class of the shapes world. */
  readonly perClass: number;
  readonly epochs: number;
  readonly seed: number;
  /** Labels, in the order of the classes. */
  readonly heldOut: readonly string[];
  /** Whether `heldOut` was drawn by the seed; else it was chosen. */
  readonly drawn: boolean;
}

/** Ranges of the numbers, with what is used if the address has none. */
export const RANGES = {
  classes: { from: 10, to: 140, usual: 60 },
  images: { from: 10, to: 500, usual: 60 },
  epochs: { from: 1, to: 200, usual: 12 },
  seed: { from: 0, to: 2 ** 31, usual: 0 },
  hold: { from: 0, to: 20, usual: 3 },
} as const;
type Name = keyof typeof RANGES;

/** Fewer images than this cannot be trained on. */
export const LEAST_IMAGES = 5;
/** Own images are few, so they are seen more often. */
const OWN_EPOCHS = 40;

export const settings = computed<Settings>(() => {
  const { query } = route.value;
  const number = (name: Name, usual: number = RANGES[name].usual) => {
    const { from, to } = RANGES[name];
    const value = query[name] === undefined ? Number.NaN : Number(query[name]);
    return Number.isInteger(value) && value >= from && value <= to ? value : usual;
  };
  const kind = query.data === 'own' ? 'own' : 'shapes';
  const classes = number('classes');
  const seed = number('seed');
  const labels = kind === 'own' ? visitorClasses.value.map(({ name }) => name) : labelsOfShapes(classes);
  const chosen = query.held?.split(',');
  const usualHold = kind === 'own' ? Math.floor(labels.length / 3) : RANGES.hold.usual;
  return {
    kind,
    classes,
    perClass: number('images'),
    epochs: number('epochs', kind === 'own' ? OWN_EPOCHS : RANGES.epochs.usual),
    seed,
    heldOut: chosen
      ? labels.filter((label) => chosen.includes(label))
      : drawHeldOut(labels, Math.min(number('hold', usualHold), Math.max(0, labels.length - 2)), seed),
    drawn: chosen === undefined,
  };
});

export const labelsOfShapes = (classes: number): string[] => shapeClasses(classes).map(({ label }) => label);

function drawHeldOut(labels: readonly string[], count: number, seed: number): string[] {
  const drawn = new Set(new Random(deriveKey(seed, 'teach')).shuffle([...labels]).slice(0, count));
  return labels.filter((label) => drawn.has(label));
}

/** The plan for the settings. */
export function planOf({ kind, classes, perClass, epochs, seed, heldOut }: Settings): Plan {
  const own = visitorClasses.value;
  const data =
    kind === 'shapes'
      ? ({ kind, classes, perClass } as const)
      : ({ kind, classes: own.map(({ name, images }) => ({ name, images })) } as const);
  return { key: new Date().toISOString(), data, heldOut, epochs, seed, batch: batchFor(trainingImages()) };
}

/** Of the classes that are not held out. */
export function trainingImages(): number {
  const { kind, classes, perClass, heldOut } = settings.value;
  if (kind === 'shapes') return (classes - heldOut.length) * perClass;
  const seen = visitorClasses.value.filter(({ name }) => !heldOut.includes(name));
  // Every fifth image of a class tests it.
  return seen.reduce(
    (sum, { images }) => sum + images.length - Math.max(1, Math.floor(images.length / 5)),
    0,
  );
}

/** Images per step: smaller for few images, so that an epoch has at least four steps. */
function batchFor(images: number): number {
  return [64, 32, 16, 8].find((batch) => images >= 4 * batch) ?? 4;
}

/** What must be done before the training can begin; empty if it can. */
export const missing = computed<readonly string[]>(() => {
  const { kind, heldOut } = settings.value;
  if (kind === 'shapes') return [];
  const own = visitorClasses.value;
  const seen = own.filter(({ name }) => !heldOut.includes(name));
  const need: string[] = [];
  if (seen.length < 2) {
    const more = 2 - seen.length;
    need.push(
      own.length >= 2
        ? `Hold out fewer classes: at least 2 must be trained on, and ${seen.length} ${seen.length === 1 ? 'is' : 'are'} left.`
        : `Add ${counted(more, 'more class', 'more classes')}: a network learns by telling at least 2 apart. A third one can be held out.`,
    );
  }
  for (const { name, images } of own) {
    const more = LEAST_IMAGES - images.length;
    if (more > 0) need.push(`Add ${counted(more, 'more image')} to “${name}”; 20 or more are better.`);
  }
  return need;
});
