/** Readings by name (`--reading`): what each is, what it needs of a network, and sums of them. */

import { classHead, conse, ownAnswers } from '../train/index.js';
import { FormatError, UsageError } from '../util/errors.js';
import { nearestSpellings } from '../util/spelling.js';
import { eszsl } from './eszsl.js';
import { standardised, whitenedWithin } from './feature-spaces.js';
import { CONSE_TEMPERATURE, type ReadingName } from './names.js';
import type { Reading, ReadingBasis } from './reading.js';
import { reverseRidge } from './reverse-ridge.js';
import { sumOfReadings } from './sum.js';

interface ReadingKind {
  /** What it needs and a network or its file may lack; null: all is there. */
  readonly lacks: (basis: ReadingBasis) => keyof typeof LACKS | null;
  readonly make: (name: string, basis: ReadingBasis) => Reading;
}

const LACKS = {
  vectorHead: { what: 'this network has no vector head', way: 'train without --control one-hot' },
  classHead: { what: 'this network has no class head', way: 'train with --recipe joint' },
  features: {
    what: 'no features were kept, by an earlier version of Lexel',
    way: 'train it again',
  },
  covariance: {
    what: "the covariance of its training images' features was not kept, by an earlier version of Lexel",
    way: 'train it again',
  },
} as const;

const needsClassHead = ({ heads }: ReadingBasis) => (heads.classes > 0 ? null : 'classHead');
const needsFeatures = ({ features }: ReadingBasis) => (features ? null : 'features');
const needsCovariance = (basis: ReadingBasis) =>
  needsFeatures(basis) ?? (basis.features?.trainCovariance ? null : 'covariance');

/** Points among the words of the recipe's own space. */
const amongWords = (name: string, basis: ReadingBasis, points: Reading['points']): Reading => ({
  name,
  dimension: basis.dimension,
  mean: basis.mean,
  needsFeatures: false,
  points,
  place: (words) => words,
  note: null,
});

const conseReading = (name: string, basis: ReadingBasis, options: Parameters<typeof conse>[2]) =>
  amongWords(name, basis, ({ outputs }) =>
    conse(
      classHead(outputs, basis.heads),
      { seen: basis.seen, vectors: basis.targets, dimension: basis.dimension },
      options,
    ),
  );

const withCovariance = ({ features }: ReadingBasis) => ({
  ...features!,
  trainCovariance: features!.trainCovariance!,
});

const READINGS: Readonly<Record<ReadingName, ReadingKind>> = {
  regression: {
    lacks: ({ heads }) => (heads.vector > 0 ? null : 'vectorHead'),
    make: (name, basis) => amongWords(name, basis, ({ outputs }) => ownAnswers(outputs, basis)),
  },
  'conse-top10': {
    lacks: needsClassHead,
    make: (name, basis) => conseReading(name, basis, {}),
  },
  conse: {
    lacks: needsClassHead,
    make: (name, basis) =>
      conseReading(name, basis, { top: basis.seen.length, temperature: CONSE_TEMPERATURE }),
  },
  'reverse-ridge': {
    lacks: needsFeatures,
    make: (name, basis) =>
      reverseRidge(name, basis, standardised(basis.features!), basis.features!.trainMeans),
  },
  'whitened-ridge': {
    lacks: needsCovariance,
    make: (name, basis) =>
      reverseRidge(name, basis, whitenedWithin(withCovariance(basis)), basis.features!.trainMeans),
  },
  eszsl: {
    lacks: needsCovariance,
    make: (name, basis) => eszsl(name, basis, withCovariance(basis)),
  },
};

const NAMES = Object.keys(READINGS) as ReadingName[];

interface Term {
  readonly name: ReadingName;
  readonly weight: number;
}

/**
 * "conse+2*reverse-ridge" as its terms.
 * @throws UsageError for an unknown name or a weight that is none
 */
export function parseReading(text: string): readonly Term[] {
  return text.split('+').map((part) => {
    const [, factor, name] = /^\s*(?:([^*]*)\*)?\s*([^*]*?)\s*$/.exec(part) ?? [];
    const weight = factor === undefined ? 1 : Number(factor);
    if (!(weight > 0 && Number.isFinite(weight)) || factor?.trim() === '') {
      throw new UsageError(`reading "${text}": ${factor} is no weight`, 'write it as conse+2*reverse-ridge');
    }
    if (name !== undefined && Object.hasOwn(READINGS, name)) return { name: name as ReadingName, weight };
    const [near] = nearestSpellings(name ?? part, NAMES, 1);
    throw new UsageError(
      `unknown reading "${name ?? part}"`,
      `${near ? `did you mean ${near}? ` : ''}known readings: ${NAMES.join(', ')}, and sums such as conse+2*reverse-ridge`,
    );
  });
}

/** The terms as one name, the same for every way to write them: "conse+2*reverse-ridge". */
const nameOf = (terms: readonly Term[]) =>
  terms.map(({ name, weight }) => (weight === 1 ? name : `${weight}*${name}`)).join('+');

/**
 * The name of the reading that `--reading` names.
 * @param own the network's own reading, which `own` and undefined stand for
 * @throws UsageError as {@link parseReading}
 */
export const readingName = (text: string | undefined, own: ReadingName): string =>
  text === undefined || text === OWN ? own : nameOf(withoutLoneWeight(parseReading(text)));

/** A weight alone changes nothing: cosines do not depend on lengths. */
const withoutLoneWeight = (terms: readonly Term[]) =>
  terms.length === 1 ? [{ ...terms[0], weight: 1 }] : terms;

/** What a network's answers are read by where nothing else is asked for: its vector head, or ConSE where it has none. */
export const ownReading = ({ heads }: Pick<ReadingBasis, 'heads'>): ReadingName =>
  heads.vector > 0 ? 'regression' : 'conse-top10';

/** As `--reading` takes it: {@link ownReading}, whichever that is. */
export const OWN = 'own';

/**
 * What images are answered by where a user wants answers, the first that a network can give. On rotation 4 the first had
 * rank 4.07 of 20, 76.1 % hit@5 and AUSUC 0.0927, where the same network's regression head had 4.49, 71.6 % and 0.0698.
 */
const ANSWERING = ['conse+reverse-ridge', 'whitened-ridge'];

export const answeringReading = (basis: ReadingBasis): string =>
  ANSWERING.find((text) => parseReading(text).every(({ name }) => READINGS[name].lacks(basis) === null)) ??
  ownReading(basis);

/** Those that a network can give, in the table's order. */
export const possibleReadings = (basis: ReadingBasis): ReadingName[] =>
  NAMES.filter((name) => READINGS[name].lacks(basis) === null);

/**
 * A reading of a network.
 * @param text as {@link parseReading} takes it, or `own`; default the network's own
 * @throws UsageError as {@link parseReading}; FormatError naming the file where the network cannot give it
 */
export function makeReading(text: string | undefined, basis: ReadingBasis): Reading {
  const terms = parseReading(text === undefined || text === OWN ? ownReading(basis) : text);
  const parts = terms.map(({ name, weight }) => {
    const kind = READINGS[name];
    const lack = kind.lacks(basis);
    if (lack) {
      throw new FormatError(
        basis.file,
        `cannot be read by ${name}: ${LACKS[lack].what}`,
        `${LACKS[lack].way}, or read it by ${possibleReadings(basis).join(', ')}`,
      );
    }
    return { weight, reading: kind.make(name, basis) };
  });
  if (parts.length === 1) return parts[0].reading;
  return sumOfReadings(nameOf(terms), parts);
}
