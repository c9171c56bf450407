/** File formats: safetensors, npy, half floats, and Lexel's block container. */
export { writeFileAtomic } from './atomic.js';
export { readBlocks, writeBlocks } from './block-file.js';
export { type BlockFormat, blockSchema } from './blocks.js';
export { bytesOf } from './bytes.js';
export { withoutChecksum } from './content-checksum.js';
export { fromHalf, HALF_MAX, toHalf } from './half.js';
export { type NpyArray, readNpy, writeNpy } from './npy.js';
export { parseSafetensors, type SafetensorsFile, safetensorsChunks, type Tensor } from './safetensors.js';
export {
  contentChecksum,
  readSafetensors,
  resealSafetensors,
  writeSafetensors,
} from './safetensors-file.js';
export { TensorSet } from './tensor-set.js';
