/**
 * The native addon as a backend: one arena in this process, and threads that share the tiles of an operation.
 */

import { BUILD_COMMAND, chooseIsa, loadNative, type NativeAddon } from '../../binding/native.js';
import type { Allocation, Backend } from '../backend.js';
import { opsId } from '../ops-id.js';
import { HostMachine, tooLarge } from './host.js';

/**
 * Opens the addon, or returns in one line why it is not available.
 * @throws Error if the CPU lacks the instruction set in LEXEL_ISA
 */
export function openNative(cpu: string): Backend<'native'> | { readonly problem: string } {
  const { addon, problem = '' } = loadNative();
  if (!addon) return { problem };
  if (addon.ops() !== opsId()) {
    return {
      problem: `the native addon was built from another table of operations (rebuild it with \`${BUILD_COMMAND}\`)`,
    };
  }
  const isa = chooseIsa(addon);
  return {
    info: { backend: 'native', isa, build: addon.build(isa), cpu },
    allocate: (allocation) => allocate(addon, isa, allocation),
    peak: () => addon.peak(isa) * 1e9,
  };
}

function allocate(
  addon: NativeAddon,
  isa: ReturnType<typeof chooseIsa>,
  { floats, programs, threads }: Allocation,
): HostMachine {
  const scratch = Math.max(0, ...programs.map((program) => addon.scratch(isa, program)));
  const total = floats + scratch * threads;
  let memory: ArrayBuffer;
  try {
    memory = new ArrayBuffer(total * 4 + 64);
  } catch (error) {
    throw tooLarge(total * 4, 'memory', error);
  }
  const bytes = new Uint8Array(memory);
  const arena = new Float32Array(memory, addon.prepareMemory(bytes), total);
  const pool = threads > 1 ? addon.createPool(threads) : null;
  return new HostMachine(
    arena,
    (all, program) => addon.run(isa, all, programs[program], floats, scratch, pool),
    () => addon.releaseMemory(bytes),
  );
}
