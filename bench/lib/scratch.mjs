// A temporary folder for the whole bench, removed whenever the process exits. Peers create their folders
// inside it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let dir;

/** The folder. Pass `{ TMPDIR: scratch() }` to peers that write files. */
export function scratch() {
  if (!dir) {
    dir = mkdtempSync(join(tmpdir(), 'lexel-bench-'));
    process.on('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  }
  return dir;
}
