/** Loads the WebAssembly builds of the kernels, which ship with the package and run on every machine. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { ISAS, WASM_ISAS, type WasmIsa } from './isas.js';

const PAGE = 65536;
/** 4 GiB, the maximum that the binaries declare. */
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
  /**
   * Grows the memory to at least `end` bytes; earlier views of it become invalid. @throws RangeError if it
   * cannot grow
   */
  growTo(end: number): void;
  /** Hash of the table of operations that the kernels were built from. */
  ops?(): number;
  /**
   * Floats of scratch memory for a program. An invalid operation at word i gives -1 - i; a size beyond the
   * integer range gives -2^31.
   */
  scratch(program: number, words: number): number;
  /**
   * Pointers are in bytes; `pool` 0 means one thread. @returns 0, or 1 + the index of the word of an invalid
   * operation
   */
  run(
    base: number,
    program: number,
    words: number,
    scratch: number,
    scratchFloats: number,
    pool: number,
  ): number;
  /** Bytes that a pool of `threads` threads needs, all zero. `openPool` sets the number of threads. */
  poolBytes(threads: number): number;
  openPool(pool: number, threads: number): void;
  /** Ends the threads. */
  stopPool(pool: number): void;
  peak(repeats: number): number;
  peakOps(): number;
}

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

function binary(isa: WasmIsa): Buffer {
  return readFileSync(new URL(`../../assets/${FILES[isa]}`, import.meta.url));
}

/**
 * Hash of what determines the bits: the binary and, for relaxed SIMD, how the machine rounds relaxed
 * multiply-adds.
 */
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

/** The compiled binary. `shared`: for a memory that several threads share. */
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

/**
 * A new instance with room for `bytes` beyond its own data. With `shared`, other threads can share its
 * memory.
 */
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
 * Returns the binary with its imported memory declared as shared. This changes one bit of the import section,
 * so the package need not ship more binaries.
 * See https://webassembly.github.io/threads/core/binary/types.html#binary-limits.
 */
function withSharedMemory(binary: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = binary.slice();
  let at = 8; // after magic and version
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
  number(); // number of imports; the memory is the only one
  for (const _ of ['module', 'name']) {
    const length = number();
    at += length;
  }
  if (bytes[at++] !== KIND_MEMORY || bytes[at] !== HAS_MAXIMUM) {
    throw new Error('the first import of the wasm binary is not a bounded memory');
  }
  bytes[at] = HAS_MAXIMUM | SHARED;
  return bytes;
}

const [IMPORT_SECTION, KIND_MEMORY, HAS_MAXIMUM, SHARED] = [2, 2, 1, 2];

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
