// The PyTorch peer: which interpreter has it, and how its processes start.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pinned } from './machine.mjs';
import { askOnce, Peer } from './peer.mjs';

const script = fileURLToPath(new URL('../torch/train_bench.py', import.meta.url));
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

/** Seconds until a mode must have run its warm-up steps. */
const LIMITS = { eager: 120, bf16: 120, compile: 300 };
const WARMUP = { eager: 3, bf16: 3, compile: 4 };

/**
 * The ways to train that are worth measuring here: bfloat16 where the CPU computes with it, torch.compile where it is wanted.
 * @returns {('eager' | 'bf16' | 'compile')[]}
 */
export function torchModes(cpu, compile) {
  /** @type {('eager' | 'bf16' | 'compile')[]} */
  const modes = ['eager'];
  if (/_bf16|amx/.test(cpu.instructionSet)) modes.push('bf16');
  if (compile) modes.push('compile');
  return modes;
}

/**
 * Starts a training process, held to the processors from the `first` one on.
 * @returns the process, and what is done when its warm-up steps are
 */
export function torchPeer(python, { network, mode, threads, batch, first = 0 }) {
  const flags = {
    '--network': '-',
    '--mode': mode,
    '--threads': threads,
    '--batch': batch,
    '--warmup': WARMUP[mode],
  };
  const args = [script, '--serve', '--optimizer', 'adamw', ...Object.entries(flags).flat().map(String)];
  const peer = new Peer(pinned(threads, python, args, first), environment(threads));
  peer.send(JSON.stringify(network));
  return { peer, ready: () => peer.next(LIMITS[mode]) };
}
