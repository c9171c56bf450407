// Command lines of Lexel as processes of their own, that end by themselves or are ended.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));
/** Milliseconds after which a command line that nobody ends has hung. */
const PATIENCE = 120_000;

/** Ended with this process, whatever becomes of it. */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/**
 * Starts a command line.
 * @param {string[]} args
 * @param {string} cwd
 * @param {{ fileBlocks?: number }} [limits] fileBlocks: blocks of 512 bytes that a file may have at most; default no limit
 * @returns how it ends: `{ code, signal, text }`, text being all that it has written; and a way to send signals
 */
export function start(args, cwd, { fileBlocks } = {}) {
  const command = [process.execPath, BIN, ...args];
  const limited = ['sh', '-c', `ulimit -f ${fileBlocks} && exec "$@"`, 'sh', ...command];
  const [file, ...rest] = fileBlocks === undefined ? command : limited;
  const child = spawn(file, rest, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  const timer = setTimeout(() => {
    text += '\nthe crash test waited too long for it';
    child.kill('SIGKILL');
  }, PATIENCE);
  const ended = new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      done({ code, signal, text });
    });
  });
  return { ended, kill: (signal) => child.kill(signal), isRunning: () => running.has(child) };
}
