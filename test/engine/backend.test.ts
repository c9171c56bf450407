/**
 * A custom backend: its kernels run in another thread and are reached only by messages, as in a browser's
 * worker or on a device. It trains and predicts bit-identically to the backend in this process.
 */

import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { AUGMENT_FIELDS } from '../../src/data/augment-record.js';
import {
  type Allocation,
  type Backend,
  createPredictor,
  createTrainer,
  type Machine,
  openBackend,
  type StateDict,
} from '../../src/engine/index.js';
import { buildNetwork, initialise } from '../../src/nn/index.js';
import { ADAMW } from './compare.js';
import { MEAN, STD } from './problems.js';

const dist = fileURLToPath(new URL('../../dist/engine/index.js', import.meta.url));
/** Answers [id, method, arguments] with [id, result, error]; the result of a read is copied. */
const SERVER = `
  const { parentPort } = require('node:worker_threads');
  const opened = import(${JSON.stringify(dist)}).then(({ openBackend }) => openBackend('wasm'));
  let machine;
  parentPort.on('message', async ([id, method, args]) => {
    try {
      if (method === 'allocate') machine = await (await opened).allocate(...args);
      const result = method === 'allocate' ? undefined : await machine[method](...args);
      parentPort.postMessage([id, result instanceof Float32Array ? result.slice() : undefined]);
    } catch (error) {
      parentPort.postMessage([id, undefined, error.message]);
    }
  });`;

class RemoteMachine implements Machine {
  private readonly worker = new Worker(SERVER, { eval: true });
  private readonly open = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  private calls = 0;
  ended = false;

  constructor() {
    this.worker.on('message', ([id, result, error]) => {
      const call = this.open.get(id)!;
      this.open.delete(id);
      if (error === undefined) call.resolve(result);
      else call.reject(new Error(error));
    });
  }

  call<T>(method: string, ...args: unknown[]): Promise<T> {
    return new Promise((resolve, reject) => {
      this.open.set(++this.calls, { resolve: resolve as (result: unknown) => void, reject });
      this.worker.postMessage([this.calls, method, args]);
    });
  }
  write(offset: number, data: Float32Array | Int32Array | Uint8Array) {
    return this.call<void>('write', offset, data);
  }
  read(offset: number, floats: number) {
    return this.call<Float32Array>('read', offset, floats);
  }
  run(program: number) {
    return this.call<void>('run', program);
  }
  async dispose() {
    await this.worker.terminate();
    this.ended = true;
  }
}

/** @param machines collects all machines that are allocated */
function remoteBackend(machines: RemoteMachine[] = []): Backend {
  const { info } = openBackend('wasm');
  return {
    info: { ...info, backend: 'remote' },
    allocate: async (allocation: Allocation) => {
      const machine = new RemoteMachine();
      machines.push(machine);
      await machine.call('allocate', allocation);
      return machine;
    },
    peak: () => 1,
  };
}

const values = (state: StateDict) => [...state].map(([name, { data }]) => [name, [...data]] as const);

describe('an asynchronous backend with its own memory', () => {
  const network = buildNetwork('lite', { outputs: 6, size: 8, width: 0.5 });
  const batch = 4;
  const input = (t: number) => ({
    pixels: Uint8Array.from({ length: batch * 8 * 8 * 3 }, (_, i) => (i * 31 + t * 97) % 256),
    augment: new Int32Array(batch * AUGMENT_FIELDS),
    targets: Float32Array.from({ length: batch * 6 }, (_, i) => Math.sin(i + t)),
    learningRate: 0.01,
    dropoutKey: [t, 1] as const,
  });

  async function train(backend: Backend | 'wasm') {
    const engine = { mean: MEAN, std: STD, backend };
    const training = { ...ADAMW, ema: 0.9, clip: 1 };
    const trainer = await createTrainer(network, batch, training, {
      ...engine,
      init: initialise(network, 1),
    });
    const losses = [await trainer.step(input(0)), await trainer.step(input(1))];
    const again = await createTrainer(network, batch, training, { ...engine, init: initialise(network, 2) });
    await again.load(await trainer.state());
    losses.push(await again.step(input(2)));
    const predictor = await createPredictor(network, 3, engine);
    await predictor.load(await again.weights({ ema: true }));
    // Two calls at once: the second one is queued.
    const outputs = await Promise.all([3, 4].map((t) => predictor.predict(input(t).pixels)));
    const state = await again.state();
    await Promise.all([trainer, again, predictor].map((each) => each.dispose()));
    return { losses, state: values(state), outputs: outputs.map((output) => [...output]) };
  }

  it('trains, resumes from a state and predicts bit-identically', async () => {
    const [here, there] = [await train('wasm'), await train(remoteBackend())];
    expect(there).toEqual(here);
    expect(here.losses.every((loss) => loss > 0)).toBe(true);
  });

  it('rejects a step while another one is running', async () => {
    const engine = { mean: MEAN, std: STD, backend: remoteBackend(), init: initialise(network, 1) };
    const trainer = await createTrainer(network, batch, ADAMW, engine);
    const first = trainer.step(input(0));
    await expect(trainer.step(input(1))).rejects.toThrow('has not ended; await it first');
    const state = trainer.state();
    expect(await first).toBeGreaterThan(0);
    expect((await state).get('optimizer.step')!.data[0]).toBe(1);
    await trainer.dispose();
  });

  it('passes on errors of the other thread, and works afterwards', async () => {
    const machines: RemoteMachine[] = [];
    const backend = remoteBackend(machines);
    const predictor = await createPredictor(network, 3, { mean: MEAN, std: STD, backend });
    await predictor.load(initialise(network, 1));
    await expect(machines[0].write(1e9, new Float32Array(4))).rejects.toThrow('offset is out of bounds');
    expect(await predictor.predict(input(0).pixels)).toHaveLength(batch * 6);
    await predictor.dispose();
    expect(machines[0].ended).toBe(true);
  });

  it('is disposed if a trainer cannot be created, and after a running call has ended', async () => {
    const machines: RemoteMachine[] = [];
    const engine = { mean: MEAN, std: STD, backend: remoteBackend(machines) };
    const wrong = createTrainer(network, batch, ADAMW, { ...engine, init: new Map() });
    await expect(wrong).rejects.toThrow('is missing');
    expect(machines[0].ended).toBe(true);
    const trainer = await createTrainer(network, batch, ADAMW, { ...engine, init: initialise(network, 1) });
    const step = trainer.step(input(0));
    await trainer.dispose();
    expect(await step).toBeGreaterThan(0);
    expect(machines[1].ended).toBe(true);
  });
});
