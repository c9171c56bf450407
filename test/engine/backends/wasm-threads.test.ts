/**
 * The threads of the wasm backend end with their machine and with the process. trainer.test.ts checks that
 * they do not change results.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../../../dist', import.meta.url));
/**
 * Runs steps of a small network on three threads, and prints the process's thread count before, during and
 * after.
 */
const script = (end: string) => `
  import { readdirSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  import { openBackend } from ${JSON.stringify(`${dist}/engine/index.js`)};
  const threads = () => readdirSync('/proc/self/task').length;
  // Threads end some time after they are told to; the number counts once it has been the same for half a second.
  const settled = async () => {
    let last = threads();
    for (let same = 0; same < 10; ) {
      await setTimeout(50);
      const now = threads();
      same = now === last ? same + 1 : 0;
      last = now;
    }
    return last;
  };
  const backend = openBackend('wasm');
  const allocation = { floats: 64, programs: [new Int32Array(0)], threads: 3 };
  await (await backend.allocate(allocation)).dispose(); // starts the threads that a process starts only once
  const before = await settled();
  const machine = await backend.allocate(allocation);
  await machine.run(0);
  const meanwhile = threads();
  ${end}
  console.log(JSON.stringify([before, meanwhile, threads()]));`;

const run = (end: string) => {
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script(end)], {
    encoding: 'utf8',
    timeout: 200_000,
  });
  return { status: child.status, threads: JSON.parse(child.stdout || 'null'), stderr: child.stderr };
};

describe.skipIf(process.platform !== 'linux')('threads of the wasm backend', () => {
  it('end when the machine is disposed', () => {
    const { status, threads, stderr } = run('await machine.dispose(); await settled();');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const [before, meanwhile, after] = threads;
    expect(meanwhile).toBeGreaterThanOrEqual(before + 2);
    expect(after).toBe(before);
  });

  it('do not keep the process alive if the machine was not disposed', () => {
    const { status, threads } = run('');
    expect(status).toBe(0);
    expect(threads[2]).toBeGreaterThanOrEqual(threads[0] + 2);
  });
});
