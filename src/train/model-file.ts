/** Reads and writes model files (model-bytes.ts). */

import { writeFileAtomic } from '../formats/atomic.js';
import { readBytes } from '../formats/read.js';
import { type Model, modelChunks, parseModel } from './model-bytes.js';

/** Writes a model file atomically, by temporary file and rename. Options are those of {@link modelChunks}. */
export function saveModel(file: string, model: Model, options: { half?: boolean } = {}): void {
  writeFileAtomic(file, modelChunks(file, model, options));
}

/**
 * Reads a model file and widens float16 weights. All of its content is validated: see docs/RELIABILITY.md.
 * @param options.onWarning called if the file has no checksum
 * @throws FormatError if the file is not a complete model file of Lexel; the message names the problem
 */
export function loadModel(file: string, options: { onWarning?: (message: string) => void } = {}): Model {
  return parseModel(file, readBytes(file), options);
}
