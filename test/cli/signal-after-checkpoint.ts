/** Interrupts a run at a known point, whatever the speed and the load of the machine. */
import { fileURLToPath } from 'node:url';

const hook = fileURLToPath(new URL('./signal-after-checkpoint-hook.mjs', import.meta.url));

/**
 * The environment in which a process gets a signal when the first of its folds has written the checkpoint of an epoch and nothing
 * after it. The fold waits there until it is told to stop.
 */
export function signalAfterCheckpoint(epoch: number, signal: NodeJS.Signals): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--import ${hook}`, LEXEL_TEST_SIGNAL: `${signal} ${epoch}` };
}
