import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { watchPauses } from '../../src/util/pauses.js';

describe.skipIf(process.platform === 'win32')('watchPauses', () => {
  it('reports no pause for a process that was not stopped, and does not keep it alive', async () => {
    const before = process.listenerCount('SIGCONT');
    const pauses: number[] = [];
    const end = watchPauses((milliseconds) => pauses.push(milliseconds));
    process.kill(process.pid, 'SIGCONT');
    await sleep(50);
    end();
    expect(pauses).toEqual([]);
    expect(process.listenerCount('SIGCONT')).toBe(before);
  });

  it('reports how long the process was stopped, but not how long it was busy', async () => {
    const program = `import { watchPauses } from ${JSON.stringify(resolve('dist/util/pauses.js'))};
      const end = watchPauses((ms) => console.log(ms));
      process.stdin.on('data', (text) => {
        if (String(text) === 'work') for (const stop = Date.now() + 800; Date.now() < stop; );
        else end();
        console.log('done');
      });
      console.log('ready');`;
    const begun = performance.now();
    const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
    const lines: string[] = [];
    child.stdout.on('data', (text) => lines.push(...String(text).trim().split('\n')));
    const heard = (line: string) => expect.poll(() => lines.at(-1)).toBe(line);

    await heard('ready');
    child.kill('SIGSTOP');
    // Twice as long as what is expected below: a busy machine stops it only after a while.
    await sleep(2000);
    child.kill('SIGCONT');
    await expect.poll(() => lines.length).toBe(2);
    expect(Number(lines[1])).toBeGreaterThan(1000);
    expect(Number(lines[1])).toBeLessThan(performance.now() - begun);

    child.kill('SIGCONT'); // it is not stopped
    await sleep(300);
    child.stdin.write('work');
    await heard('done');
    await sleep(400);
    expect(lines.length).toBe(3);
    child.stdin.write('end');
    child.stdin.end();
    await heard('done');
    // The watch does not keep the process alive.
    expect(await new Promise((done) => child.on('close', done))).toBe(0);
  });
});
