// Multiply-adds per second of one core in registers: {"native": GFLOP/s or null, "wasm": GFLOP/s}.
import { chooseIsa, loadNative } from '../../dist/binding/native.js';
import { instantiateWasm } from '../../dist/binding/wasm.js';
import { wasmKernels } from '../../dist/binding/wasm-files.js';
import { say } from './serve.mjs';

const REPEATS = 1_000_000;
const { addon } = loadNative();
const wasm = instantiateWasm(wasmKernels(), 0);
let best = 0;
// The runtime has not optimised the code yet during the first calls.
for (let i = 0; i < 20; i++) {
  const start = performance.now();
  wasm.peak(REPEATS);
  best = Math.max(best, (REPEATS * wasm.peakOps()) / (performance.now() - start) / 1e6);
}
say({ native: addon ? addon.peak(chooseIsa(addon)) : null, wasm: best });
