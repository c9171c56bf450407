// Every reader of what comes from outside, a table. A reader has
//
//     file, write(file, seed, dir)   a valid file and how it is made, by the project's own writers; seeds 1 and 2
//     codec                          how it is taken apart and put together with right lengths and checksums
//     read(file, context)            the reader; what it gives is compared where the format has a checksum
//     outer                          refusals that come before the header is read: not past it
//     checked(bytes)                 whether the file, as it is now, has a checksum of its whole content
//     members                        files may follow each other in one, as of gzip
//     place(dir)                     where the file has to lie; default beside the others
//     fresh                          its folder is emptied before every case, since the reader writes into it
//     names                          what a refusal has to name; default the file
//     share                          of the cases of other readers, for slow ones; default 1
import { ARCHIVE_READERS } from './readers/archives.mjs';
import { IMAGE_READERS } from './readers/images.mjs';
import { RUN_READERS } from './readers/runs.mjs';
import { TENSOR_READERS } from './readers/tensors.mjs';
import { WORD_READERS } from './readers/words.mjs';

export const READERS = {
  ...TENSOR_READERS,
  ...RUN_READERS,
  ...WORD_READERS,
  ...IMAGE_READERS,
  ...ARCHIVE_READERS,
};
