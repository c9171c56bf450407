/** Published data sets: the address of the archive, its files, and the reader. To add a data set, add an entry. */

import type { Checksum } from '../util/checksum.js';
import { CIFAR_FILES, type CifarOptions, readCifar10, readCifar100 } from './cifar.js';
import type { Dataset } from './types.js';

/** An archive published by the authors of the data set. */
export interface Archive {
  readonly url: string;
  /** In bytes. */
  readonly size: number;
  readonly checksum: Checksum;
}

export interface PublishedSet {
  /** Folder in a data directory. */
  readonly folder: string;
  /** Files that the reader needs; they may be in any folder of the archive. */
  readonly files: readonly string[];
  /** A .tar.gz. */
  readonly archive: Archive;
  /** @throws FormatError if a file is missing or damaged */
  readonly read: (dir: string, options?: CifarOptions) => Dataset;
}

const SITE = 'https://www.cs.toronto.edu/~kriz';

/** The published data sets, by their names for `--data`. */
export const PUBLISHED = {
  'cifar-100': {
    folder: 'cifar-100-binary',
    files: CIFAR_FILES['cifar-100'],
    archive: {
      url: `${SITE}/cifar-100-binary.tar.gz`,
      size: 168513733,
      checksum: { algorithm: 'md5', hex: '03b5dce01913d631647c71ecec9e9cb8' },
    },
    read: readCifar100,
  },
  'cifar-10': {
    folder: 'cifar-10-batches-bin',
    files: CIFAR_FILES['cifar-10'],
    archive: {
      url: `${SITE}/cifar-10-binary.tar.gz`,
      size: 170052171,
      checksum: { algorithm: 'md5', hex: 'c32a1d4ab5d03f1284b67883e8d87530' },
    },
    read: readCifar10,
  },
} as const satisfies Record<string, PublishedSet>;

export type PublishedName = keyof typeof PUBLISHED;
export const PUBLISHED_NAMES = Object.keys(PUBLISHED) as PublishedName[];
export const isPublished = (spec: string): spec is PublishedName => Object.hasOwn(PUBLISHED, spec);

/** The names that `--data` accepts. */
export const DATA_NAMES: readonly string[] = ['shapes', ...PUBLISHED_NAMES];

/** {@link DATA_NAMES}, for messages. */
export const DATA_CHOICES = DATA_NAMES.join(', ');
