// A contender: a child process that runs on request and sleeps while others run. It writes one JSON object
// per line: first one with `ready`, then one per command line that it receives.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { processorSeconds } from './machine.mjs';

const alive = new Set();
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])) {
  process.on(signal, () => {
    for (const peer of alive) peer.kill();
    process.exit(code);
  });
}

export class Peer {
  #child;
  #lines = [];
  #waiting = [];
  #errors = '';
  #ended = null;

  /**
   * @param {[string, readonly string[]]} command from `pinned`
   * @param {Record<string, string>} environment added to this process's environment
   */
  constructor([program, args], environment = {}) {
    this.#child = spawn(program, args, {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    alive.add(this);
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const waiting = this.#waiting.shift();
      if (waiting) waiting.resolve(JSON.parse(line));
      else this.#lines.push(JSON.parse(line));
    });
    this.#child.stderr.on('data', (data) => {
      this.#errors = (this.#errors + data).slice(-4000);
    });
    this.#child.stdin.on('error', () => {});
    const end = (why) => {
      alive.delete(this);
      this.#ended ??= new Error(`${why}${this.#errors ? `: ${this.#errors.trim().split('\n').at(-1)}` : ''}`);
      for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
    };
    this.#child.on('error', (error) => end(error.message));
    this.#child.on('close', (code, signal) => end(`ended with ${signal ?? `code ${code}`}`));
  }

  /**
   * The next line. @throws Error if the process ends, returns {error}, or needs more than `seconds`, when it
   * is killed
   */
  async next(seconds = 600) {
    const answer = await new Promise((resolve, reject) => {
      const line = this.#lines.shift();
      if (line) return resolve(line);
      if (this.#ended) return reject(this.#ended);
      const timer = setTimeout(() => {
        this.kill();
        reject(new Error(`no answer within ${seconds} s`));
      }, seconds * 1000);
      const settle = (done) => (value) => {
        clearTimeout(timer);
        done(value);
      };
      this.#waiting.push({ resolve: settle(resolve), reject: settle(reject) });
    });
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  /**
   * Sends a command and waits for its result, to which it adds `cores`: the average number of processors
   * used.
   */
  async ask(command, seconds) {
    const before = processorSeconds(this.#child.pid);
    const start = performance.now();
    this.#child.stdin.write(`${command}\n`);
    const answer = await this.next(seconds);
    const wall = (performance.now() - start) / 1000;
    const after = processorSeconds(this.#child.pid);
    return { ...answer, cores: before === null || after === null ? null : (after - before) / wall };
  }

  send(line) {
    this.#child.stdin.write(`${line}\n`);
  }

  async stop() {
    if (this.#ended) return;
    const closed = new Promise((resolve) => this.#child.on('close', resolve));
    const timer = setTimeout(() => this.kill(), 5000);
    this.#child.stdin.end('quit\n');
    await closed;
    clearTimeout(timer);
  }

  kill() {
    alive.delete(this);
    this.#child.kill('SIGKILL');
  }
}

/** Runs a peer that returns a single result and ends. */
export async function askOnce(command, environment) {
  const peer = new Peer(command, environment);
  try {
    return await peer.next();
  } finally {
    await peer.stop();
  }
}
