// What must hold, whatever happens: how processes may end, and what the store may contain, given what was done to whom.

/** Milliseconds within which a worker that is asked to end has ended. A busy machine takes longer to run it at all. */
export const END = 10_000;

/** Milliseconds after its start within which a process may not have said yet what it does with a signal. */
const YOUNG = 10_000;

/**
 * How a process ended, against what was done to it.
 * @returns what is wrong; undefined if nothing is
 */
export function wrongEnd({ done, end, asked, began, endedAt }, kind) {
  const { code, signal, text } = end;
  const how = `a ${kind} (${done.join(', ') || 'undisturbed'}) ended with ${signal ?? `code ${code}`}`;
  const last = text.split('\n').slice(-12).join('\n');
  if (/\n\s+at .*:\d+:\d+\)?\n/.test(text)) return `${how}, with a stack trace:\n${text.slice(-2000)}`;
  if (signal === 'SIGKILL' && done.includes('killed')) return undefined;
  if (asked !== undefined) {
    if (endedAt - asked > END) return `${how}, ${endedAt - asked} ms after it was asked to:\n${last}`;
    if (code === 130 || (signal === 'SIGTERM' && asked - began < YOUNG)) return undefined;
  }
  // S3 takes no requests from a clock that is wrong.
  if (code === 1 && done.includes('clock') && text.includes('the clock of this machine is')) return undefined;
  // A coordinator is done; a worker never is.
  if (code === 0 && (kind === 'coordinator' || asked !== undefined)) return undefined;
  return `${how}:\n${last}`;
}

/**
 * What the store contains of a fold. Every claim is accounted for: it has the result, a duplicate, was given back, or its
 * worker was killed or may have lost the store's answer.
 * @param {{ id: string, commit: object | null, claims: Map<number, object>, duplicates: object[] }} fold claims: all that were seen
 * @param {Map<string, { done: string[] }>} lives by process id
 * @returns what is wrong
 */
export function wrongFold({ id, commit, claims, duplicates }, lives) {
  if (!commit) return [`${id}: no result`];
  const wrong = [];
  for (const { token, files } of duplicates) {
    const same = ['outputs', 'model'].every((file) => files[file].sha256 === commit.files[file].sha256);
    if (!same) wrong.push(`${id}: the duplicate of claim ${token} has other bits`);
  }
  for (const [token, { worker, released, late }] of claims) {
    const life = lives.get(worker.pid);
    const lost =
      !life || life.done.some((what) => ['killed', 'asked to end', 'store', 'clock'].includes(what));
    if (late && !released && !lost) wrong.push(`${id}: claim ${token} came after the fold was committed`);
    const accounted =
      token === commit.token || duplicates.some((one) => one.token === token) || released || lost;
    if (!accounted)
      wrong.push(
        `${id}: claim ${token} of worker ${worker.id} (${life.done.join(', ')}) ended without a trace`,
      );
  }
  return wrong;
}
