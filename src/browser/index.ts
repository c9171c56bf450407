/** What runs in a page: networks, the WebAssembly engine, model files, classification and training, without Node. */

export { fitImage } from '../data/fit-image.js';
export type { RawImage } from '../data/raw-image.js';
export { COLOURS, PATTERNS, SHAPES, shapeClasses } from '../data/shapes/vocabulary.js';
export { type ShapesOptions, shapesWorld } from '../data/shapes/world.js';
export type { Dataset, ImageSet } from '../data/types.js';
export { buildNetwork, NETWORK_NAMES } from '../nn/build.js';
export { countMultiplyAdds, type LayerCost, layerTable } from '../nn/cost.js';
export { countParameters } from '../nn/parameters.js';
export type { Network } from '../nn/types.js';
export { Answerer, type RankedLabel, type ScoreOptions } from '../search/answerer.js';
export type { Embeddings } from '../search/embeddings.js';
export type { Query } from '../search/query.js';
export { type AnswerOptions, type ImageAnswers, UNFAMILIAR } from '../search/trained-model.js';
export type { TrainConfig } from '../train/config.js';
export type { FoldEvent } from '../train/events.js';
export type { Model } from '../train/model-bytes.js';
export type { HeldOutPoints } from '../train/options.js';
export { PRESETS, type PresetName } from '../train/presets.js';
export type { RecipeName } from '../train/recipe.js';
export { type ErrorCode, FormatError, LexelError, UsageError } from '../util/errors.js';
export { type Arithmetic, arithmetic, type NearestAnswer, nearestWords } from '../words/arithmetic.js';
export { type LabelOptions, type LabelVectors, labelVectors } from '../words/labels.js';
export { type Neighbour, WordTable } from '../words/word-table.js';
export { type Engine, startEngine, type WasmSource } from './engine.js';
export { type ImageClass, type ImageDatasetOptions, imageDataset } from './image-dataset.js';
export {
  type NamedImages,
  type OpenModelOptions,
  openModel,
  type PageImages,
  PageModel,
} from './page-model.js';
export { type TrainModelOptions, type TrainOutcome, trainModel } from './train.js';
export { readWords } from './words.js';
