// The Python peers: PyTorch, which has targets, and JAX and TensorFlow, which are only recorded if an
// interpreter is configured.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pinned } from './machine.mjs';
import { askOnce, Peer } from './peer.mjs';

const scriptOf = (name) => fileURLToPath(new URL(`../python/${name}_peer.py`, import.meta.url));
const script = scriptOf('torch');
const local = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));

/**
 * One thread for everything unless specified; compiling in the same process leaves no helper processes
 * running.
 */
const environment = (threads) => ({
  OMP_NUM_THREADS: String(threads),
  MKL_NUM_THREADS: String(threads),
  TORCHINDUCTOR_COMPILE_THREADS: '1',
});

/**
 * The first interpreter that can import torch: only LEXEL_PYTHON if it is set, else .venv, then the system's.
 * @returns its path, PyTorch's version and the matrix product's GFLOP/s by number of threads; or `problem`
 */
export async function findTorch(threadCounts) {
  const named = process.env.LEXEL_PYTHON;
  const candidates = named ? [named] : [local, '/usr/bin/python3'].filter((file) => existsSync(file));
  let problem = 'no Python found; set LEXEL_PYTHON to one with PyTorch';
  for (const python of candidates) {
    try {
      const matmul = {};
      let version;
      for (const threads of threadCounts) {
        const args = [script, '--matmul', '--threads', String(threads)];
        const answer = await askOnce(pinned(threads, python, args), environment(threads));
        version = answer.version;
        matmul[threads] = answer.matmul_gflops;
      }
      return { python, version, matmul };
    } catch (error) {
      problem = `${python}: ${error.message}`;
    }
  }
  return { problem };
}

/** Frameworks recorded beside PyTorch, with the environment variable of their interpreter. */
const OTHERS = [
  { variable: 'LEXEL_JAX_PYTHON', script: 'jax', modes: { jit: 'JAX' } },
  {
    variable: 'LEXEL_TENSORFLOW_PYTHON',
    script: 'tensorflow',
    modes: { graph: 'TensorFlow', xla: 'TensorFlow XLA' },
  },
];

/** Time limit in seconds for a mode's warm-up steps. */
const LIMIT = { compile: 300, jit: 300, xla: 300 };
const WARMUP = { compile: 4 };

/**
 * A contender of a section, with the name shown in its tables.
 * @typedef {{ name: string, python: string, script: string, mode: string }} PythonContender
 */

/**
 * The contenders to measure: PyTorch (bfloat16 if the CPU computes with it, torch.compile if requested), then
 * the other frameworks in the environment.
 * @returns {PythonContender[]}
 */
export function pythonContenders({ cpu, torch }, compile) {
  const modes = ['eager'];
  if (/_bf16|amx/.test(cpu.instructionSet)) modes.push('bf16');
  if (compile) modes.push('compile');
  return [
    ...(torch.python ? modes : []).map((mode) => ({
      name: `PyTorch ${mode}`,
      python: torch.python,
      script,
      mode,
    })),
    ...OTHERS.flatMap(({ variable, script, modes }) => {
      const python = process.env[variable];
      return python
        ? Object.entries(modes).map(([mode, name]) => ({ name, python, script: scriptOf(script), mode }))
        : [];
    }),
  ];
}

/** Whether a contender's rate counts as PyTorch's. */
export const isTorch = (name) => name.startsWith('PyTorch');

/**
 * Starts a training process, pinned to the processors from index `first` on.
 * @param {PythonContender} contender
 * @returns the process, and a promise of its warm-up result
 */
export function pythonPeer({ python, script, mode }, { network, threads, batch, first = 0 }) {
  const flags = {
    '--network': '-',
    '--mode': mode,
    '--threads': threads,
    '--batch': batch,
    '--warmup': WARMUP[mode] ?? 3,
  };
  const args = [script, '--serve', ...Object.entries(flags).flat().map(String)];
  const peer = new Peer(pinned(threads, python, args, first), environment(threads));
  peer.send(JSON.stringify(network));
  return { peer, ready: () => peer.next(LIMIT[mode] ?? 120) };
}
