/** The WebAssembly builds of the kernels, which ship with the package and run everywhere. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { ISAS, WASM_ISAS, type WasmIsa } from './isas.js';

const PAGE = 65536;
/** 4 GiB: what the binaries declare. */
const MOST_PAGES = 65536;

const FILES: Record<WasmIsa, string> = { 'relaxed-simd': 'lexel-relaxed.wasm', simd128: 'lexel.wasm' };
const compiled = new Map<string, WebAssembly.Module>();
const builds = new Map<WasmIsa, string>();
let supported: readonly WasmIsa[] | undefined;

export interface WasmInstance {
  readonly isa: WasmIsa;
  readonly memory: WebAssembly.Memory;
  /** First free byte, aligned to 64. */
  readonly heapBase: number;
  /** Makes room up to `end` bytes; views of the memory are void then. @throws RangeError when it cannot be had */
  growTo(end: number): void;
  /** Changes with the table of operations that the kernels were built with. */
  ops?(): number;
  /** Floats of scratch memory for a program; -1 - the index of a word that is no operation; -2^31: more than an integer holds. */
  scratch(program: number, words: number): number;
  /** Pointers in bytes; `pool` 0: one thread. @returns 0, or 1 + the index of a word that is no operation */
  run(
    base: number,
    program: number,
    words: number,
    scratch: number,
    scratchFloats: number,
    pool: number,
  ): number;
  /** What a pool of threads needs in memory, all zero; `openPool` says how many there are. */
  poolBytes(threads: number): number;
  openPool(pool: number, threads: number): void;
  /** Ends the threads. */
  stopPool(pool: number): void;
  peak(repeats: number): number;
  peakOps(): number;
}

/** The builds that this runtime can run, best first. */
export function supportedWasm(): readonly WasmIsa[] {
  if (!supported) {
    let relaxed = WebAssembly.validate(RELAXED_MODULE);
    // Node 20's engine knows relaxed SIMD, behind a flag that can be set while it runs; later ones have it without.
    if (!relaxed && process.versions.node.startsWith('20.')) {
      setFlagsFromString('--experimental-wasm-relaxed-simd');
      relaxed = WebAssembly.validate(RELAXED_MODULE);
    }
    supported = relaxed ? WASM_ISAS : WASM_ISAS.slice(1);
  }
  return supported;
}

/**
 * The build to use: the best one that the runtime has, or the one that `LEXEL_ISA` names.
 * @throws Error when LEXEL_ISA names one that is unknown or that the runtime lacks
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

function binary(isa: WasmIsa): Buffer {
  return readFileSync(new URL(`../../assets/${FILES[isa]}`, import.meta.url));
}

/** Hash of what decides its bits: the binary, and how the machine rounds relaxed multiply-adds where it has them. */
export function wasmBuild(isa: WasmIsa): string {
  let build = builds.get(isa);
  if (build === undefined) {
    const hash = createHash('sha256').update(binary(isa));
    if (isa === 'relaxed-simd') hash.update(relaxedIsFused() ? 'fused' : 'not fused');
    build = hash.digest('hex').slice(0, 16);
    builds.set(isa, build);
  }
  return build;
}

/** The compiled binary; `shared`: for a memory that instances in several threads share. */
export function wasmModule(isa: WasmIsa, shared: boolean): WebAssembly.Module {
  const key = `${isa} ${shared}`;
  let module = compiled.get(key);
  if (!module) {
    const bytes = new Uint8Array(binary(isa));
    module = new WebAssembly.Module(shared ? withSharedMemory(bytes) : bytes);
    compiled.set(key, module);
  }
  return module;
}

/** A fresh instance with room for `bytes` beyond its own data, over a memory that other threads can share or its own. */
export function instantiateWasm(bytes: number, isa = chooseWasmIsa(), shared = false): WasmInstance {
  const pages = Math.ceil((bytes + 4 * PAGE) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: MOST_PAGES, shared });
  const { exports } = new WebAssembly.Instance(wasmModule(isa, shared), { env: { memory } });
  const heapBase = Math.ceil((exports.__heap_base as WebAssembly.Global).value / 64) * 64;
  return {
    isa,
    memory,
    heapBase,
    growTo: (end) => {
      const missing = Math.ceil((end + PAGE) / PAGE) - memory.buffer.byteLength / PAGE;
      if (missing > 0) memory.grow(missing);
    },
    ops: exports.ops as WasmInstance['ops'],
    scratch: exports.scratch as WasmInstance['scratch'],
    run: exports.run as WasmInstance['run'],
    poolBytes: exports.pool_bytes as WasmInstance['poolBytes'],
    openPool: exports.open_pool as WasmInstance['openPool'],
    stopPool: exports.stop_pool as WasmInstance['stopPool'],
    peak: exports.peak as WasmInstance['peak'],
    peakOps: exports.peak_ops as WasmInstance['peakOps'],
  };
}

/**
 * The binary with its imported memory declared as shared: one bit of the import section, so that no other binaries need to ship.
 * See https://webassembly.github.io/threads/core/binary/types.html#binary-limits.
 */
function withSharedMemory(binary: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = binary.slice();
  let at = 8; // behind magic and version
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  for (;;) {
    const section = bytes[at++];
    const size = number();
    if (section === IMPORT_SECTION) break;
    at += size;
  }
  number(); // how many: the memory is the only one
  for (const _ of ['module', 'name']) {
    const length = number();
    at += length;
  }
  if (bytes[at++] !== KIND_MEMORY || bytes[at] !== HAS_MAXIMUM) {
    throw new Error('a wasm binary that imports no bounded memory first');
  }
  bytes[at] = HAS_MAXIMUM | SHARED;
  return bytes;
}

const [IMPORT_SECTION, KIND_MEMORY, HAS_MAXIMUM, SHARED] = [2, 2, 1, 2];

/**
 * (a: f32, b: f32, c: f32) => lane 0 of f32x4.relaxed_madd(a, b, c), exported as "f": needs relaxed SIMD, and tells how the
 * machine rounds it.
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

/** Whether relaxed multiply-adds round once here, as CPUs with fused ones do, or twice. */
function relaxedIsFused(): boolean {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(RELAXED_MODULE));
  const x = 1 + 2 ** -12;
  // x² = 1 + 2^-11 + 2^-24, of which a product that is rounded by itself loses the last term.
  return (exports.f as (a: number, b: number, c: number) => number)(x, x, -(1 + 2 ** -11)) !== 0;
}
