// The Python peers: PyTorch, which targets are held against, and JAX and TensorFlow, which are recorded where an interpreter that
// has them is named.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pinned } from './machine.mjs';
import { askOnce, Peer } from './peer.mjs';

const scriptOf = (name) => fileURLToPath(new URL(`../python/${name}_peer.py`, import.meta.url));
const script = scriptOf('torch');
const local = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));

/** One thread of everything, unless told otherwise; compiling within the process leaves no helpers behind. */
const environment = (threads) => ({
  OMP_NUM_THREADS: String(threads),
  MKL_NUM_THREADS: String(threads),
  TORCHINDUCTOR_COMPILE_THREADS: '1',
});

/**
 * The first interpreter that can import torch: LEXEL_PYTHON alone when it is set, else .venv, then the system's.
 * @returns its path, PyTorch's version and the matrix product's GFLOP/s by number of threads; or `problem`
 */
export async function findTorch(threadCounts) {
  const named = process.env.LEXEL_PYTHON;
  const candidates = named ? [named] : [local, '/usr/bin/python3'].filter((file) => existsSync(file));
  let problem = 'no Python found; LEXEL_PYTHON names one that has PyTorch';
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

/** What is recorded beside PyTorch, by the variable that names an interpreter which has it. */
const OTHERS = [
  { variable: 'LEXEL_JAX_PYTHON', script: 'jax', modes: { jit: 'JAX' } },
  {
    variable: 'LEXEL_TENSORFLOW_PYTHON',
    script: 'tensorflow',
    modes: { graph: 'TensorFlow', xla: 'TensorFlow XLA' },
  },
];

/** Seconds until a mode must have run its warm-up steps. */
const LIMIT = { compile: 300, jit: 300, xla: 300 };
const WARMUP = { compile: 4 };

/**
 * A way to train that a section measures, by the name that its tables show.
 * @typedef {{ name: string, python: string, script: string, mode: string }} PythonContender
 */

/**
 * The ways to train that are worth measuring here: of PyTorch bfloat16 where the CPU computes with it and torch.compile where
 * it is wanted, then the others that the environment names.
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
 * Starts a training process, held to the processors from the `first` one on.
 * @param {PythonContender} contender
 * @returns the process, and what is done when its warm-up steps are
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
