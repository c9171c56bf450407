/** Names of the instruction sets. LEXEL_ISA forces one; each backend ignores the names of the other one. */

/** Instruction sets of the addon, best first. */
export const ISAS = ['avx512', 'avx2', 'baseline'] as const;
export type Isa = (typeof ISAS)[number];

/** Instruction sets of the two wasm builds, best first: relaxed SIMD has fused multiply-adds. */
export const WASM_ISAS = ['relaxed-simd', 'simd128'] as const;
export type WasmIsa = (typeof WASM_ISAS)[number];
