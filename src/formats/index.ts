/** File formats: safetensors, npy, half floats, and Lexel's block container. */
export { bytesOf, writeFileAtomic } from './atomic.js';
export { type BlockFormat, blockSchema, readBlocks, writeBlocks } from './blocks.js';
export { contentChecksum, resealSafetensors, withoutChecksum } from './content-checksum.js';
export { fromHalf, HALF_MAX, toHalf } from './half.js';
export { type NpyArray, readNpy, writeNpy } from './npy.js';
export {
  parseSafetensors,
  readSafetensors,
  type SafetensorsFile,
  safetensorsChunks,
  type Tensor,
  writeSafetensors,
} from './safetensors.js';
export { TensorSet } from './tensor-set.js';
