/** Resolves a backend choice on this machine. */

import { cpus } from 'node:os';
import { LexelError } from '../../util/errors.js';
import type { Backend } from '../backend.js';
import { BACKEND_NAMES, type BackendChoice, type BackendName, backendOfIsa } from '../backend-names.js';
import { openNative } from './native.js';
import { openWasm } from './wasm-node.js';

type Opened<Name extends BackendName> = Backend<Name> | { readonly problem: string };
/** One function per backend that opens it, or returns why it is not available. */
const OPENERS: { readonly [Name in BackendName]: (cpu: string) => Opened<Name> } = {
  native: openNative,
  wasm: openWasm,
};

/**
 * The backend that a choice selects. LEXEL_ISA forces an instruction set and, for `auto`, the backend that
 * has it.
 * @throws LexelError if the backend is not available, or if the CPU or the runtime lacks the instruction set
 * in LEXEL_ISA
 */
export function openBackend(choice: BackendChoice = 'auto'): Backend<BackendName> {
  const forced = process.env.LEXEL_ISA;
  const named = backendOfIsa(forced);
  if (choice === 'native' && named === 'wasm') {
    throw new LexelError(
      `LEXEL_ISA=${forced}: this is an instruction set of the wasm backend`,
      'unset LEXEL_ISA',
    );
  }
  if (choice !== 'auto') return orThrow(choice, open(choice));
  if (named === 'wasm') return orThrow('wasm', open('wasm'));
  const native = open('native');
  if (!('problem' in native)) return native;
  const wasm = orThrow('wasm', open('wasm'));
  return { ...wasm, info: { ...wasm.info, skippedNative: native.problem } };
}

/** An open backend, or the one that a choice selects; throws like {@link openBackend}. */
export const openedBackend = (backend: BackendChoice | Backend | undefined): Backend =>
  typeof backend === 'object' ? backend : openBackend(backend);

function orThrow<Name extends BackendName>(name: Name, backend: Opened<Name>): Backend<Name> {
  if (!('problem' in backend)) return backend;
  const others = BACKEND_NAMES.filter((other) => other !== name);
  throw new LexelError(`--backend ${name}: ${backend.problem}`, `use --backend ${others.join(' or ')}`);
}

function open(name: BackendName): Opened<BackendName> {
  const cpu = cpus()[0]?.model.trim() || 'unknown CPU';
  try {
    return OPENERS[name](cpu);
  } catch (error) {
    throw new LexelError((error as Error).message, 'unset LEXEL_ISA');
  }
}
