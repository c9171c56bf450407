/** Names of the instruction sets. LEXEL_ISA forces one; a name of the other backend says nothing about this one. */

/** Instruction sets that the addon may hold, best first. */
export const ISAS = ['avx512', 'avx2', 'baseline'] as const;
export type Isa = (typeof ISAS)[number];

/** The instruction sets of the two builds, best first: relaxed SIMD has fused multiply-adds. */
export const WASM_ISAS = ['relaxed-simd', 'simd128'] as const;
export type WasmIsa = (typeof WASM_ISAS)[number];
