/** `lexel/browser` in a bundle: whole, without Node, and small. */

import { beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleBrowser, gzipped, wasmBinary } from './bundle.js';

/** Limits in bytes of gzip: the code of a page, and with it the kernels. */
const CODE = 90_000;
const ALL = 180_000;

describe('lexel/browser, bundled', () => {
  let bundle: Bundle;

  beforeAll(async () => {
    bundle = await bundleBrowser();
  });

  it('imports nothing: no module of Node, no package that stays outside', () => {
    expect(bundle.imports).toEqual([]);
    expect(bundle.code).not.toMatch(/\bimport\s*[({'"]|\bfrom\s*['"]node:|\brequire\(['"]node:/);
  });

  it('holds @noble/hashes, and no other package that is not part of dist', () => {
    const packages = bundle.modules.flatMap(
      (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
    );
    expect([...new Set(packages)]).toEqual(['@noble/hashes']);
  });

  it('is small', () => {
    const [code, wasm] = [gzipped(bundle.code), gzipped(wasmBinary())];
    console.log(`lexel/browser: ${code} bytes of code and ${wasm} of wasm, gzipped`);
    expect(code).toBeLessThanOrEqual(CODE);
    expect(code + wasm).toBeLessThanOrEqual(ALL);
  });
});
