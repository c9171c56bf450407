// The table of all readers of external input. Fields of a reader:
//
//     file, write(file, seed, dir)   name of the file; writes a valid one with the project's own writers, for seeds 1 and 2
//     codec                          splits the file into parts and reassembles it with correct lengths and checksums
//     read(file, context)            runs the reader; its result is compared with the valid content where the format has a checksum
//     outer                          patterns of errors that are raised before the header has been read; such cases are not "past header"
//     checked(bytes)                 whether these bytes carry a checksum of their whole content
//     members                        true if files of the format may be concatenated, as with gzip
//     place(dir)                     path at which the reader expects the file; default: `file` in the reader's scratch folder
//     fresh                          true if the folder must be emptied before every case, because the reader writes into it
//     names                          pattern that the message of a refusal must match; default: it must contain the file's path
//     share                          number of cases relative to the other readers, below 1 for slow ones; default 1
import { ARCHIVE_READERS } from './readers/archives.mjs';
import { IMAGE_READERS } from './readers/images.mjs';
import { RUN_READERS } from './readers/runs.mjs';
import { STORE_READERS } from './readers/stores.mjs';
import { TENSOR_READERS } from './readers/tensors.mjs';
import { WORD_READERS } from './readers/words.mjs';

export const READERS = {
  ...TENSOR_READERS,
  ...RUN_READERS,
  ...STORE_READERS,
  ...WORD_READERS,
  ...IMAGE_READERS,
  ...ARCHIVE_READERS,
};
