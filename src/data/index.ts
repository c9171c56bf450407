/** Labelled images: readers, the shapes world, the training images of a fold, augmentation. */
export {
  type Augment,
  type AugmentOptions,
  applyAugment,
  makeAugment,
  NO_AUGMENT,
} from './augment.js';
export { AUGMENT, AUGMENT_FIELDS } from './augment-record.js';
export { type CifarOptions, readCifar10, readCifar100 } from './cifar.js';
export { BROKEN_NAMED, brokenCount, brokenList } from './class-folders.js';
export { regrouped } from './dataset.js';
export { checkPixels, decodeFile, decodeImage, PIXELS_HAVE_SHAPES } from './decode-image.js';
export { type DuplicateGroup, findDuplicates, type ImageRef, trainingIndices } from './duplicates.js';
export { encodePng, shrinkPng } from './encode-image.js';
export { fitImage } from './fit-image.js';
export { type FolderOptions, readImageFolder } from './folder.js';
export { type GetOptions, getDataset } from './get.js';
export { IMAGE_ENDINGS, imageFormat, isImageFile } from './image-formats.js';
export {
  CONTENT_HASH_BYTES,
  channelStatistics,
  contentHashes,
  type DatasetHashes,
  imageHashes,
  type Normalisation,
  type Rgb,
} from './image-statistics.js';
export { type DatasetInfo, type DuplicateCounts, datasetInfo } from './info.js';
export { findDataset, type OpenOptions, openDataset } from './open.js';
export { epochOrder, gather, limitIndices, type OrderOptions } from './order.js';
export { type PassedOver, PassedOverCount, type PassedOverReason, passedOverLine } from './passed-over.js';
export { DATA_CHOICES, DATA_NAMES, PUBLISHED_NAMES } from './published.js';
export type { RawImage } from './raw-image.js';
export { COLOURS, PATTERNS, SHAPES, type ShapeClass, shapeClasses } from './shapes/vocabulary.js';
export { type ShapesOptions, shapesWorld } from './shapes/world.js';
export {
  readSuperclasses,
  type SuperclassEntry,
  type SuperclassFile,
  withSuperclasses,
} from './superclasses.js';
export type { BrokenFile, Dataset, FolderReading, ImageSet, SuperclassOrigin } from './types.js';
export { splitValidation, type ValidationSplit } from './validation.js';
export {
  type FailedEntry,
  type FoundImage,
  type PassedEntry,
  type WalkEntry,
  walkImages,
} from './walk-images.js';
