import type { ChildProcessWithoutNullStreams } from 'node:child_process';

/** What a process that still runs has printed so far, on both streams, and its exit code when it has ended. */
export function outcomeOf(child: ChildProcessWithoutNullStreams) {
  const state = { out: '', child, code: new Promise<number | null>((done) => child.on('close', done)) };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      state.out += text;
    });
  }
  return state;
}
