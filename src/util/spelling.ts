/** Spelling suggestions ("Did you mean ...?") from a vocabulary. */

/**
 * The `n` words nearest in spelling, nearest first. Ties are in vocabulary order, which in published vectors is by
 * frequency. Words at a distance of more than about a third of the word's length are not suggested.
 */
export function nearestSpellings(word: string, words: readonly string[], n: number): string[] {
  const wanted = word.toLowerCase();
  const limit = Math.max(1, Math.ceil(wanted.length / 3));
  const found: { word: string; distance: number }[] = [];
  let bound = limit;
  for (const candidate of words) {
    if (Math.abs(candidate.length - wanted.length) > bound) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), bound);
    if (distance > bound) continue;
    const at = found.findLastIndex((f) => f.distance <= distance) + 1;
    found.splice(at, 0, { word: candidate, distance });
    if (found.length > n) found.pop();
    // The list is full, so only strictly nearer words can still enter.
    if (found.length === n) bound = Math.min(bound, found[n - 1].distance - 1);
    if (bound < 0) break;
  }
  return found.map((f) => f.word);
}

/**
 * The number of insertions, deletions, replacements and swaps of adjacent characters that turn `a` into `b` (optimal
 * string alignment); `limit + 1` if it exceeds `limit`.
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1));
      const swapped =
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (swapped) cost = Math.min(cost, before[j - 2] + 1);
      current.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    before = previous;
    previous = current;
  }
  return previous[b.length];
}
