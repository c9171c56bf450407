/** Selects the k highest of many scores in one pass. */

/** A short sorted list; ties keep their order of insertion. Because k is small, insertion is faster than a heap. */
export class Best {
  readonly rows: Int32Array;
  readonly scores: Float64Array;
  count = 0;
  /** The score that a new row must exceed. */
  worst: number;

  constructor(private readonly k: number) {
    this.rows = new Int32Array(k);
    this.scores = new Float64Array(k);
    this.worst = k > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  /** Inserts those of the rows from `first` on whose scores are among the best so far. */
  takeAll(scores: ArrayLike<number>, first = 0): void {
    for (let i = 0; i < scores.length; i++) if (scores[i] > this.worst) this.insert(first + i, scores[i]);
  }

  /** The best rows, best first. */
  found(): { rows: Int32Array; scores: Float64Array } {
    return { rows: this.rows.slice(0, this.count), scores: this.scores.slice(0, this.count) };
  }

  /** Inserts a row whose score exceeds {@link worst}. */
  insert(row: number, score: number): void {
    let at = this.count < this.k ? this.count++ : this.k - 1;
    for (; at > 0 && this.scores[at - 1] < score; at--) {
      this.scores[at] = this.scores[at - 1];
      this.rows[at] = this.rows[at - 1];
    }
    this.scores[at] = score;
    this.rows[at] = row;
    if (this.count === this.k) this.worst = this.scores[this.k - 1];
  }
}
