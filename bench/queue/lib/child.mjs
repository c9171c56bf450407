// Processes of the bench: each is a module of peers/ that gets its options as JSON, tells events by messages and ends after
// the message `done`.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const alive = new Set();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Kills a process when this one exits, unless it has ended. */
function endWithThis(child) {
  alive.add(child);
  child.once('exit', () => alive.delete(child));
}

/**
 * Starts a process. `next(type)` is the next message of a type, from all that have come since the start; `stop` asks it to
 * end, and is its last message.
 * @param {string} name a file of peers/
 * @param {object} options
 */
export function start(name, options) {
  const file = fileURLToPath(new URL(`../peers/${name}.mjs`, import.meta.url));
  const child = fork(file, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let errors = '';
  child.stderr.on('data', (data) => {
    errors = (errors + data).slice(-4000);
  });
  const messages = [];
  const waiting = [];
  const hand = () => {
    for (const one of [...waiting]) {
      const at = messages.findIndex((message) => one.wanted(message));
      if (at >= 0) {
        waiting.splice(waiting.indexOf(one), 1);
        one.resolve(messages.splice(at, 1)[0]);
      }
    }
  };
  child.on('message', (message) => {
    messages.push(message);
    hand();
  });
  let killed = false;
  const ended = once(child, 'exit').then(([code, signal]) => {
    for (const { reject } of waiting.splice(0))
      reject(new Error(`${name} ended with ${signal ?? `code ${code}`}: ${errors.trim()}`));
    if (code !== 0 && !killed) throw new Error(`${name} ended with ${signal ?? `code ${code}`}: ${errors}`);
  });
  ended.catch(() => {}); // those who wait hear of it
  const next = (wanted) =>
    new Promise((resolve, reject) => {
      waiting.push({
        wanted: typeof wanted === 'string' ? ({ type }) => type === wanted : wanted,
        resolve,
        reject,
      });
      hand();
      if (child.exitCode !== null) reject(new Error(`${name} has ended: ${errors}`));
    });
  const self = {
    name,
    pid: child.pid,
    next,
    async done() {
      const answer = await next('done');
      await ended;
      return answer;
    },
    stop() {
      child.send('stop');
      return self.done();
    },
    async kill() {
      killed = true;
      child.kill('SIGKILL');
      await ended.catch(() => {});
    },
  };
  endWithThis(child);
  return self;
}

/** The options of this process, if it was started so. */
export const ownOptions = () => JSON.parse(process.argv[2]);

/** Milliseconds since 1970, comparable between processes of one machine, with fractions. */
export const now = () => performance.timeOrigin + performance.now();

/** Sends a message, and ends the process once it is sent if it is the last one. */
export function tell(message) {
  process.send(message, () => message.type === 'done' && process.exit(0));
}
