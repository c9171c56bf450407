/** Creates a model's readings, the same as those of its fold (src/readings), from the data in its file. */

import type { Reading, ReadingBasis } from '../readings/reading.js';
import { answeringReading, makeReading } from '../readings/table.js';
import type { Model } from '../train/model-bytes.js';
import { modelHeads, seenLabels } from '../train/model-header.js';
import { candidatesOf } from './candidates.js';

/**
 * @param text as for `--reading`; default: the best reading that the model supports
 * @param file the model's file, for error messages
 * @throws UsageError for an unknown reading; FormatError if the model does not support it
 */
export function readingOfModel(model: Model, file: string, text?: string): Reading {
  const basis: ReadingBasis = {
    file,
    heads: modelHeads(model),
    unit: model.space?.unit ?? false,
    seen: seenLabels(model),
    targets: model.vectors,
    dimension: model.seenMean.length,
    mean: model.seenMean,
    directionless: candidatesOf(model).directionless,
    features: model.features,
  };
  return makeReading(text ?? answeringReading(basis), basis);
}
