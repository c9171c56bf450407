/** The WebAssembly builds of the kernels that ship with the package and run on every machine. */

import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { ISAS, WASM_ISAS, type WasmIsa } from './isas.js';
import { type WasmKernels, wasmBuild, withSharedMemory } from './wasm.js';

const FILES: Record<WasmIsa, string> = { 'relaxed-simd': 'lexel-relaxed.wasm', simd128: 'lexel.wasm' };
const kernels = new Map<WasmIsa, WasmKernels>();
let supported: readonly WasmIsa[] | undefined;

/** The builds that this runtime supports, best first. */
export function supportedWasm(): readonly WasmIsa[] {
  if (!supported) {
    let relaxed = WebAssembly.validate(RELAXED_MODULE);
    // Node 20 has relaxed SIMD behind a flag, which can be set at run time; later versions enable it by
    // default.
    if (!relaxed && process.versions.node.startsWith('20.')) {
      setFlagsFromString('--experimental-wasm-relaxed-simd');
      relaxed = WebAssembly.validate(RELAXED_MODULE);
    }
    supported = relaxed ? WASM_ISAS : WASM_ISAS.slice(1);
  }
  return supported;
}

/**
 * The build to use: the one in `LEXEL_ISA`, else the best that the runtime supports.
 * @throws Error if LEXEL_ISA has an unknown name or one that the runtime does not support
 */
export function chooseWasmIsa(): WasmIsa {
  const wanted = process.env.LEXEL_ISA;
  const list = supportedWasm();
  if (!wanted || (ISAS as readonly string[]).includes(wanted)) return list[0];
  if (!list.includes(wanted as WasmIsa)) {
    throw new Error(`LEXEL_ISA=${wanted}: the wasm backend runs ${list.join(', ')} here`);
  }
  return wanted as WasmIsa;
}

/** A build of the package; each is read and hashed once, and compiled when it is first needed. */
export function wasmKernels(isa: WasmIsa = chooseWasmIsa()): WasmKernels {
  let found = kernels.get(isa);
  if (!found) {
    const bytes = new Uint8Array(readFileSync(new URL(`../../assets/${FILES[isa]}`, import.meta.url)));
    const rounding = isa === 'relaxed-simd' ? (relaxedIsFused() ? 'fused' : 'not fused') : undefined;
    const compiled = new Map<boolean, WebAssembly.Module>();
    found = {
      isa,
      build: wasmBuild(bytes, rounding),
      module: (shared) => {
        const module =
          compiled.get(shared) ?? new WebAssembly.Module(shared ? withSharedMemory(bytes) : bytes);
        compiled.set(shared, module);
        return module;
      },
    };
    kernels.set(isa, found);
  }
  return found;
}

/**
 * (a: f32, b: f32, c: f32) => lane 0 of f32x4.relaxed_madd(a, b, c), exported as "f". It validates only with
 * relaxed SIMD, and its result shows how the machine rounds.
 */
const RELAXED_MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7d, 0x7d, 0x7d, 0x01, 0x7d], // type 0: (f32, f32, f32) -> f32
  ...[0x03, 0x02, 0x01, 0x00], // function 0 of type 0
  ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00], // export "f"
  ...[0x0a, 0x16, 0x01, 0x14, 0x00], // its body: three splats, relaxed_madd, extract_lane 0
  ...[0x20, 0x00, 0xfd, 0x13, 0x20, 0x01, 0xfd, 0x13, 0x20, 0x02, 0xfd, 0x13],
  ...[0xfd, 0x85, 0x02, 0xfd, 0x1f, 0x00, 0x0b],
);

/** Whether relaxed multiply-adds round once, as on CPUs with fused ones, or twice. */
function relaxedIsFused(): boolean {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(RELAXED_MODULE));
  const x = 1 + 2 ** -12;
  // x² = 1 + 2^-11 + 2^-24; a separately rounded product loses the last term.
  return (exports.f as (a: number, b: number, c: number) => number)(x, x, -(1 + 2 ** -11)) !== 0;
}
