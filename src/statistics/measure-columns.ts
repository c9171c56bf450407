/**
 * The measures of many classes as one column per measure. Resampling aggregates them many times, and columns
 * avoid one object per class.
 */
import type { CalibrationEntry } from './calibration.js';
import type { Measures } from './class-measures.js';
import { measureOf, STATISTICS, type Statistic } from './measures.js';

export class MeasureColumns {
  /** NaN if a class lacks the measure or its word has no direction. */
  private readonly values: Readonly<Record<Statistic, Float64Array>>;
  private readonly targets: Int32Array;
  private readonly agreement: Float64Array;
  private readonly energy: Float64Array;

  constructor(readonly rows: number) {
    this.values = Object.fromEntries(
      STATISTICS.map((name) => [name, new Float64Array(rows)]),
    ) as unknown as Record<Statistic, Float64Array>;
    this.targets = new Int32Array(rows);
    this.agreement = new Float64Array(rows);
    this.energy = new Float64Array(rows);
  }

  static of(entries: readonly Measures[]): MeasureColumns {
    const columns = new MeasureColumns(entries.length);
    for (const [row, entry] of entries.entries()) columns.set(row, entry);
    return columns;
  }

  set(row: number, entry: Measures): void {
    for (const name of STATISTICS) this.values[name][row] = measureOf(name).of(entry) ?? Number.NaN;
    this.targets[row] = entry.target;
    this.agreement[row] = entry.agreement;
    this.energy[row] = entry.energy;
  }

  column(name: Statistic): Float64Array {
    return this.values[name];
  }

  calibrationEntry(row: number): CalibrationEntry {
    return { target: this.targets[row], agreement: this.agreement[row], energy: this.energy[row] };
  }
}

/** Rows of several column sets, one set after another. */
export interface Rows {
  readonly columns: MeasureColumns;
  readonly at: Int32Array;
}
