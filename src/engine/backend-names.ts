/**
 * The names of the backends. This file has no heavy imports, because the command line reads its choices from
 * it.
 */

import { ISAS, WASM_ISAS } from '../binding/isas.js';

export const BACKENDS = {
  native: { isas: ISAS },
  wasm: { isas: WASM_ISAS },
} as const satisfies Record<string, BackendTraits>;

interface BackendTraits {
  /** Instruction sets that LEXEL_ISA can select, best first. */
  readonly isas: readonly string[];
}

export type BackendName = keyof typeof BACKENDS;
/** `auto`: native if available, else wasm. */
export type BackendChoice = BackendName | 'auto';

export const BACKEND_NAMES = Object.keys(BACKENDS) as BackendName[];
export const BACKEND_CHOICES: readonly BackendChoice[] = [...BACKEND_NAMES, 'auto'];

/** The backend that has this instruction set. */
export const backendOfIsa = (isa: string | undefined): BackendName | undefined =>
  BACKEND_NAMES.find((name) => (BACKENDS[name].isas as readonly (string | undefined)[]).includes(isa));
