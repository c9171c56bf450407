/** The kernels that workers run, fetched once for the whole page. */

import { PATHS } from '../../../src/server/paths.js';
import { readBytes } from '../source.js';

let fetched: Promise<Uint8Array<ArrayBuffer>> | undefined;

export function kernels(): Promise<Uint8Array<ArrayBuffer>> {
  fetched ??= readBytes(PATHS.kernels).catch((error) => {
    fetched = undefined;
    throw error;
  });
  return fetched;
}
