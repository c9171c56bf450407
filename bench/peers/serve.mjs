// The counterpart of lib/peer.mjs: reads command lines and writes one JSON object per line.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

/**
 * Answers "word argument" lines until "quit" or the end of input. @param commands maps each word to a
 * function from argument to answer
 */
export async function serve(commands) {
  say({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, argument] = line.trim().split(' ');
    if (word === 'quit') break;
    try {
      say(await commands[word](argument));
    } catch (error) {
      say({ error: error.message });
    }
  }
  process.exit(0);
}

/**
 * The peak resident memory of this process in bytes. Prefers /proc, because getrusage may return the parent's
 * value.
 */
export function peakMemory() {
  try {
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
