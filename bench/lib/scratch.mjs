// One temporary folder for the whole bench, gone when it ends, however it ends. Peers make theirs inside it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let dir;

/** The folder. Give `{ TMPDIR: scratch() }` to a peer that writes files. */
export function scratch() {
  if (!dir) {
    dir = mkdtempSync(join(tmpdir(), 'lexel-bench-'));
    process.on('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  }
  return dir;
}
