/**
 * All backends and instruction sets that this machine can run. The others are logged, so that skipped tests
 * are visible.
 */

import { ISAS, WASM_ISAS } from '../../src/binding/isas.js';
import { loadNative } from '../../src/binding/native.js';
import { supportedWasm } from '../../src/binding/wasm-files.js';
import type { BackendName } from '../../src/engine/index.js';

export interface Variant {
  readonly name: string;
  readonly backend: BackendName;
  readonly isa: string;
}

const { addon, problem } = loadNative();
const supported = addon?.supported() ?? [];
for (const isa of ISAS) {
  if (!supported.includes(isa))
    console.warn(`skipped: native ${isa} (${problem ?? 'the addon or this CPU lacks it'})`);
}

for (const isa of WASM_ISAS) {
  if (!supportedWasm().includes(isa)) console.warn(`skipped: wasm ${isa} (this runtime lacks it)`);
}

/** LEXEL_TEST_BACKEND restricts the tests to one backend. */
export const VARIANTS: readonly Variant[] = [
  ...supported.map((isa) => ({ name: `native ${isa}`, backend: 'native' as const, isa })),
  ...supportedWasm().map((isa) => ({ name: `wasm ${isa}`, backend: 'wasm' as const, isa })),
].filter(({ backend }) => backend === (process.env.LEXEL_TEST_BACKEND ?? backend));

/** Runs `body` with LEXEL_ISA set for the variant. */
export async function withVariant<T>(variant: Variant, body: () => T | Promise<T>): Promise<T> {
  const before = process.env.LEXEL_ISA;
  process.env.LEXEL_ISA = variant.isa;
  try {
    return await body();
  } finally {
    if (before === undefined) delete process.env.LEXEL_ISA;
    else process.env.LEXEL_ISA = before;
  }
}
