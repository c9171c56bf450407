// Processor time of the threads of this process, as Linux counts it, in hundredths of a second.
import { readdirSync, readFileSync } from 'node:fs';

/** Seconds by thread. @returns {Map<string, number>} */
function threadSeconds() {
  const own = '/proc/self/task';
  const seconds = new Map();
  for (const thread of readdirSync(own)) {
    let line;
    try {
      line = readFileSync(`${own}/${thread}/stat`, 'utf8');
    } catch {
      continue; // it has just ended
    }
    // Fields 14 and 15; the second one, a name, may hold spaces.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    seconds.set(thread, (Number(fields[11]) + Number(fields[12])) / 100);
  }
  return seconds;
}

/**
 * Begins to count the processor time of the threads that exist now. Threads of folds are started later and do not count.
 * @returns seconds since then
 */
export function watchThreads() {
  const before = threadSeconds();
  return () => {
    let sum = 0;
    for (const [thread, seconds] of threadSeconds())
      if (before.has(thread)) sum += seconds - before.get(thread);
    return sum;
  };
}
