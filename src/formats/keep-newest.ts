import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes the oldest files of a cache whose names are a checksum of what they hold, `<64 digits>.safetensors`. Other files stay.
 * @param kept how many stay
 * @throws the system's error if a file may not be removed
 */
export function keepNewest(folder: string, kept: number): void {
  const files = readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}\.safetensors$/.test(name))
    .map((name) => join(folder, name));
  if (files.length <= kept) return;
  const age = new Map(files.map((file) => [file, statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0]));
  files.sort((a, b) => age.get(a)! - age.get(b)!);
  for (const file of files.slice(0, files.length - kept)) rmSync(file, { force: true });
}
