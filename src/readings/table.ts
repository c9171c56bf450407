/**
 * The table of readings (`--reading`): each one's requirements and its construction, and sums of readings.
 */

import { ownAnswers } from '../train/answers.js';
import { conse } from '../train/conse.js';
import { standardised, whitenedWithin } from '../train/feature-spaces.js';
import { classHead } from '../train/heads.js';
import { FormatError, UsageError } from '../util/errors.js';
import { nearestSpellings } from '../util/spelling.js';
import { eszsl } from './eszsl.js';
import { CONSE_TEMPERATURE, type ReadingName } from './names.js';
import type { Reading, ReadingBasis } from './reading.js';
import { reverseRidge } from './reverse-ridge.js';
import { sumOfReadings } from './sum.js';

interface ReadingKind {
  /** The requirement that the network or its file does not meet; null if all are met. */
  readonly lacks: (basis: ReadingBasis) => keyof typeof LACKS | null;
  readonly make: (name: string, basis: ReadingBasis) => Reading;
}

const LACKS = {
  vectorHead: { what: 'this network has no vector head', way: 'train without --control one-hot' },
  classHead: { what: 'this network has no class head', way: 'train with --recipe joint' },
  features: {
    what: 'an earlier version of Lexel wrote the file without features',
    way: 'train it again',
  },
  covariance: {
    what: "an earlier version of Lexel wrote the file without the covariance of the training images' features",
    way: 'train it again',
  },
} as const;

const needsClassHead = ({ heads }: ReadingBasis) => (heads.classes > 0 ? null : 'classHead');
const needsFeatures = ({ features }: ReadingBasis) => (features ? null : 'features');
const needsCovariance = (basis: ReadingBasis) =>
  needsFeatures(basis) ?? (basis.features?.trainCovariance ? null : 'covariance');

/** A reading whose points lie among the words of the recipe's own space. */
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
 * Parses a reading such as "conse+2*reverse-ridge" to its terms.
 * @throws UsageError for an unknown name or an invalid weight
 */
export function parseReading(text: string): readonly Term[] {
  return text.split('+').map((part) => {
    const [, factor, name] = /^\s*(?:([^*]*)\*)?\s*([^*]*?)\s*$/.exec(part) ?? [];
    const weight = factor === undefined ? 1 : Number(factor);
    if (!(weight > 0 && Number.isFinite(weight)) || factor?.trim() === '') {
      throw new UsageError(
        `reading "${text}": "${factor}" is not a weight`,
        'write it as conse+2*reverse-ridge',
      );
    }
    if (name !== undefined && Object.hasOwn(READINGS, name)) return { name: name as ReadingName, weight };
    const [near] = nearestSpellings(name ?? part, NAMES, 1);
    throw new UsageError(
      `unknown reading "${name ?? part}"`,
      `${near ? `did you mean ${near}? ` : ''}known readings: ${NAMES.join(', ')}, and sums such as conse+2*reverse-ridge`,
    );
  });
}

/** The canonical name of a list of terms, whatever its spelling: "conse+2*reverse-ridge". */
const nameOf = (terms: readonly Term[]) =>
  terms.map(({ name, weight }) => (weight === 1 ? name : `${weight}*${name}`)).join('+');

/**
 * The canonical name of the reading that `--reading` selects.
 * @param own the network's own reading, for `own` and undefined
 * @throws UsageError like {@link parseReading}
 */
export const readingName = (text: string | undefined, own: ReadingName): string =>
  text === undefined || text === OWN ? own : nameOf(withoutLoneWeight(parseReading(text)));

/** Drops the weight of a single term, which has no effect, because cosines do not depend on lengths. */
const withoutLoneWeight = (terms: readonly Term[]) =>
  terms.length === 1 ? [{ ...terms[0], weight: 1 }] : terms;

/** The default reading: the vector head or, if there is none, ConSE. */
export const ownReading = ({ heads }: Pick<ReadingBasis, 'heads'>): ReadingName =>
  heads.vector > 0 ? 'regression' : 'conse-top10';

/** The value of `--reading` that selects {@link ownReading}. */
export const OWN = 'own';

/**
 * The readings used for classification and search, in order of preference; the first one that the network
 * supports is used. On rotation 4, the first one reached rank 4.07 of 20, 76.1 % hit@5 and AUSUC 0.0927; the
 * same network's vector head reached 4.49, 71.6 % and 0.0698.
 */
const ANSWERING = ['conse+reverse-ridge', 'whitened-ridge'];

export const answeringReading = (basis: ReadingBasis): string =>
  ANSWERING.find((text) => parseReading(text).every(({ name }) => READINGS[name].lacks(basis) === null)) ??
  ownReading(basis);

/** The readings that a network supports, in the table's order. */
export const possibleReadings = (basis: ReadingBasis): ReadingName[] =>
  NAMES.filter((name) => READINGS[name].lacks(basis) === null);

/**
 * Creates a reading of a network.
 * @param text as for {@link parseReading}, or `own`; default: the network's own reading
 * @throws UsageError like {@link parseReading}; FormatError naming the file if the network does not support
 * the reading
 */
export function makeReading(text: string | undefined, basis: ReadingBasis): Reading {
  const terms = parseReading(text === undefined || text === OWN ? ownReading(basis) : text);
  const parts = terms.map(({ name, weight }) => {
    const kind = READINGS[name];
    const lack = kind.lacks(basis);
    if (lack) {
      throw new FormatError(
        basis.file,
        `does not support the reading ${name}: ${LACKS[lack].what}`,
        `${LACKS[lack].way}, or use the reading ${possibleReadings(basis).join(', ')}`,
      );
    }
    return { weight, reading: kind.make(name, basis) };
  });
  if (parts.length === 1) return parts[0].reading;
  return sumOfReadings(nameOf(terms), parts);
}
