/** Labelled images, as every later stage sees them. */
import type { PassedOver } from './passed-over.js';

/** One split: images of one size, RGB, row by row, channels last. */
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
  /** Path in the data set's folder, with "/" between folders. */
  readonly file: string;
  /** "is a link to nothing". */
  readonly reason: string;
}

/** What a folder of images holds beside the images of the data set. */
export interface FolderReading {
  readonly passedOver: PassedOver;
  /** Left out: the numbers are of the rest. */
  readonly broken: readonly BrokenFile[];
}

/** Of which file of the user's a data set's superclasses are. */
export interface SuperclassOrigin {
  /** As given. */
  readonly path: string;
  /** Whether the data set has superclasses of its own, in whose place they are. */
  readonly replaced: boolean;
}

/** A labelled data set with its official split. */
export interface Dataset {
  /** What the user called it: "cifar-100", "shapes", or the folder's path. */
  readonly name: string;
  /** Label names in class-index order, e.g. "willow_tree". */
  readonly classes: readonly string[];
  /** Names of the superclasses, empty when the set has none. */
  readonly superclasses: readonly string[];
  /** Superclass index of each class; empty when the set has none. */
  readonly superclassOf: readonly number[];
  /** Absent where the superclasses are the data set's own. */
  readonly superclassFile?: SuperclassOrigin;
  readonly train: ImageSet;
  readonly test: ImageSet;
  /**
   * Per-channel mean and standard deviation of all training pixels, in units of pixel/255. A fold normalises with those
   * of the images that it trains on.
   */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Order-independent hash of all images with their labels (hex). */
  readonly hash: string;
  /** The same hash made dependent on order (hex): image ids are positions, so they hold in one order only. */
  readonly orderedHash: string;
  /** Of a folder of image files only. */
  readonly reading?: FolderReading;
}
