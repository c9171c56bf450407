// Starts Lexel commands as child processes and waits for their end.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));
/** Milliseconds after which a command counts as hung and is killed, unless `start` is told otherwise. */
const PATIENCE = 120_000;

/** Running children; they are killed when this process exits. */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/**
 * Starts a Lexel command.
 * @param {string[]} args
 * @param {string} cwd
 * @param {{ fileBlocks?: number, env?: NodeJS.ProcessEnv, patience?: number }} [options] fileBlocks: maximum size of a file, in blocks of
 *   512 bytes; default: no limit. env: more variables of its environment. patience: milliseconds after which it counts as hung
 * @returns ended: promise of `{ code, signal, text }`, where text is all output (stdout and stderr); kill: sends a signal; isRunning; pid
 */
export function start(args, cwd, { fileBlocks, env, patience = PATIENCE } = {}) {
  const command = [process.execPath, BIN, ...args];
  const limited = ['sh', '-c', `ulimit -f ${fileBlocks} && exec "$@"`, 'sh', ...command];
  const [file, ...rest] = fileBlocks === undefined ? command : limited;
  const child = spawn(file, rest, {
    ...{ cwd, stdio: ['ignore', 'pipe', 'pipe'] },
    env: { ...process.env, ...env },
  });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  const timer = setTimeout(() => {
    text += '\nkilled by the test: the command took too long';
    child.kill('SIGKILL');
  }, patience);
  const ended = new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      done({ code, signal, text });
    });
  });
  return {
    ...{ ended, pid: child.pid },
    kill: (signal) => child.kill(signal),
    isRunning: () => running.has(child),
  };
}
