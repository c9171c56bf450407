/** A model's readings: the same as those of its fold (src/readings), made of what its file holds. */

import { answeringReading, makeReading, type Reading, type ReadingBasis } from '../readings/index.js';
import { type Model, modelHeads, seenLabels } from '../train/index.js';
import { candidatesOf } from './candidates.js';

/**
 * @param text as `--reading` takes it; default the best that the model can give
 * @param file of the model; names it in messages
 * @throws UsageError for an unknown reading; FormatError where the model cannot give it
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
