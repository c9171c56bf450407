/** Safetensors files as earlier versions of Lexel wrote them: without a checksum. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Removes the checksum from a file. */
export function unseal(file: string): void {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start));
  delete header.__metadata__['lexel.sha256'];
  if (Object.keys(header.__metadata__).length === 0) delete header.__metadata__;
  const json = JSON.stringify(header);
  const padded = Buffer.from(json.padEnd(json.length + ((8 - (Buffer.byteLength(json) % 8)) % 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  writeFileSync(file, Buffer.concat([length, padded, bytes.subarray(start)]));
}
