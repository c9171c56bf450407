/** Starts the WebAssembly kernels in a page. */

import { type WasmKernels, wasmBuild } from '../binding/wasm.js';
import type { Backend } from '../engine/backend.js';
import { openKernels } from '../engine/backends/wasm.js';
import { LexelError } from '../util/errors.js';

/** The kernels of a page, on which any number of models and trainings can run. */
export type Engine = Backend<'wasm'>;

/** The binary `assets/lexel.wasm`: its address, a response that brings it, or its bytes. */
export type WasmSource = string | URL | Response | Promise<Response> | ArrayBuffer | Uint8Array;

/**
 * Starts the engine. It is always the `simd128` build, so that its bits do not depend on the visitor's machine: they are
 * those of Node with `LEXEL_ISA=simd128` and the wasm backend.
 *
 * @throws LexelError if the binary cannot be downloaded, if this browser has no wasm SIMD, or if the binary belongs to
 * another version of Lexel
 * @example
 * const engine = await startEngine(new URL('lexel/assets/lexel.wasm', document.baseURI));
 * engine.info.build; // the same id as in Node
 */
export async function startEngine(source: WasmSource): Promise<Engine> {
  const binary = await bytesFrom(source);
  checkSupport(binary);
  const module = await WebAssembly.compile(binary);
  const kernels: WasmKernels = { isa: 'simd128', build: wasmBuild(binary), module: () => module };
  const backend = openKernels(kernels, 'browser');
  if ('problem' in backend)
    throw new LexelError(
      'the wasm binary belongs to another version of Lexel',
      'Serve the assets/lexel.wasm of the version that this page was built from.',
    );
  return backend;
}

async function bytesFrom(source: WasmSource): Promise<Uint8Array<ArrayBuffer>> {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Uint8Array) return Uint8Array.from(source);
  const address = typeof source === 'string' || source instanceof URL ? String(source) : undefined;
  let response: Response;
  try {
    response = await (address === undefined ? (source as Response | Promise<Response>) : fetch(address));
  } catch (error) {
    throw noDownload(address, (error as Error).message, error);
  }
  if (!response.ok) throw noDownload(address ?? response.url, `status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

const noDownload = (address: string | undefined, why: string, cause?: unknown) =>
  new LexelError(
    `the wasm binary cannot be downloaded${address ? ` from ${address}` : ''}: ${why}`,
    undefined,
    {
      code: 'LEXEL_DOWNLOAD',
      cause,
    },
  );

/** A module with one function that splats a number to a v128. */
const SIMD_MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type 0: () -> v128
  ...[0x03, 0x02, 0x01, 0x00], // function 0 of type 0
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b], // i32.const 0, i8x16.splat
);

function checkSupport(binary: Uint8Array<ArrayBuffer>): void {
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(SIMD_MODULE))
    throw new LexelError(
      'this browser cannot run the kernels: it has no WebAssembly with SIMD',
      'Update it: Chrome has it since version 91, Firefox since 89, Safari since 16.4.',
    );
  if (!WebAssembly.validate(binary))
    throw new LexelError(
      'these bytes are not a wasm binary that this browser can run',
      'Serve assets/lexel.wasm of this package.',
    );
}
