/** Types of labelled data sets. */
import type { PassedOver } from './passed-over.js';

/** One split: RGB images of the same size, row-major, channels last. */
export interface ImageSet {
  /** [count, size, size, 3], on a SharedArrayBuffer so that worker threads share one copy. */
  readonly pixels: Uint8Array;
  /** Class index of each image, [count], on a SharedArrayBuffer. */
  readonly labels: Uint16Array;
  readonly count: number;
  /** Height and width, in pixels. */
  readonly size: number;
}

/** A file or folder of a data set that could not be read. */
export interface BrokenFile {
  /** Path relative to the data set's folder, separated by "/". */
  readonly file: string;
  /** For example "is a link to nothing". */
  readonly reason: string;
}

/** Entries of a folder that are not images of the data set. */
export interface FolderReading {
  readonly passedOver: PassedOver;
  /** Unreadable files and folders; they are not part of the data set. */
  readonly broken: readonly BrokenFile[];
}

/** The user's file from which a data set's superclasses were read. */
export interface SuperclassOrigin {
  /** The path as the user gave it. */
  readonly path: string;
  /** Whether they replaced superclasses of the data set. */
  readonly replaced: boolean;
}

/** A labelled data set with its train/test split. */
export interface Dataset {
  /** The name that the user gave: "cifar-100", "shapes", or the folder's path. */
  readonly name: string;
  /** Label names in class-index order, e.g. "willow_tree". */
  readonly classes: readonly string[];
  /** Names of the superclasses; empty if there are none. */
  readonly superclasses: readonly string[];
  /** Superclass index of each class; empty if there are none. */
  readonly superclassOf: readonly number[];
  /** Absent if the superclasses are part of the data set. */
  readonly superclassFile?: SuperclassOrigin;
  readonly train: ImageSet;
  readonly test: ImageSet;
  /**
   * Per-channel mean and standard deviation of all training pixels, in units of pixel/255. A fold does not use these
   * for normalisation, but the statistics of its own training images.
   */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Order-independent hash of all images with their labels (hex). */
  readonly hash: string;
  /** Order-dependent hash (hex): image ids are positions, so they are valid for one order only. */
  readonly orderedHash: string;
  /** Present only for a folder of image files. */
  readonly reading?: FolderReading;
}
