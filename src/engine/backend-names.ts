/** The backends by name. Light to load: the command line reads its choices here. */

import { ISAS, WASM_ISAS } from '../binding/isas.js';

export const BACKENDS = {
  native: { isas: ISAS },
  wasm: { isas: WASM_ISAS },
} as const satisfies Record<string, BackendTraits>;

interface BackendTraits {
  /** What LEXEL_ISA may name, best first. */
  readonly isas: readonly string[];
}

export type BackendName = keyof typeof BACKENDS;
/** `auto`: native where it is there, else wasm. */
export type BackendChoice = BackendName | 'auto';

export const BACKEND_NAMES = Object.keys(BACKENDS) as BackendName[];
export const BACKEND_CHOICES: readonly BackendChoice[] = [...BACKEND_NAMES, 'auto'];

/** The backend that has an instruction set of this name. */
export const backendOfIsa = (isa: string | undefined): BackendName | undefined =>
  BACKEND_NAMES.find((name) => (BACKENDS[name].isas as readonly (string | undefined)[]).includes(isa));
