/** Reads a fold's columns (fold-columns.ts) from its record file. */
import { existsSync } from 'node:fs';
import { type Column, type RecordAbout, readRecordFile } from '../crossval/record-file.js';
import { type FoldRecord, type Run, type RunFile, readingRecordFile } from '../crossval/run-file.js';
import { FormatError } from '../util/errors.js';
import {
  COLUMN_NAMES,
  COLUMNS,
  type ColumnName,
  type Columns,
  type FoldMeasures,
  HITS,
} from './fold-columns.js';
import { HIERARCHICAL_AT } from './zero-shot/hierarchical.js';

/** Columns that every fold has. The others depend on what was kept, and come in groups. */
const NEEDED: readonly ColumnName[] = COLUMN_NAMES.filter(
  (name) => COLUMNS[name] === 'class' || /^(pair[A-Z]|all\.)/.test(name),
);

/**
 * Reads from a fold's record what the statistics need.
 * @param reading the reading that it was measured by; undefined selects the network's own
 * @throws FormatError if the record is damaged, lacks a column, or belongs to another run, or if no record of
 * this reading was kept
 */
export function readFoldRecord(
  { run, dir }: Run,
  { id, files, heldOut }: FoldRecord,
  reading?: string,
): {
  measures: FoldMeasures;
  seen: Int32Array;
  /** A caution about how the reading was computed; null if there is none. */
  note: string | null;
} {
  const file = reading === undefined ? files.record : readingRecordFile(dir, id, reading);
  if (!existsSync(file)) {
    throw new FormatError(
      files.record,
      `contains measurements by the network's own reading, and there is no record by ${reading}`,
      'use the run directory with the outputs, or train the fold again',
    );
  }
  const { about, columns: stored } = readRecordFile(file);
  checkSameRun(file, about, run);
  if (about.reading?.name !== reading) {
    const [own, wanted] = [about.reading?.name, reading].map((name) => name ?? "the network's own reading");
    throw new FormatError(file, `was measured by ${own}, not by ${wanted}`);
  }
  const labels = run.dataset.classes.length;
  const stray = [...about.seen, ...about.heldOut].find((c) => c >= labels);
  if (stray !== undefined)
    throw new FormatError(file, `contains class index ${stray}, but there are only ${labels} classes`);
  if (about.seen.length === 0) throw new FormatError(file, 'lists no seen class');
  const columns: Partial<Record<ColumnName, Float64Array>> = {};
  for (const name of COLUMN_NAMES) {
    const column = stored.get(name);
    if (column) columns[name] = column.values;
    else if (NEEDED.includes(name)) throw new FormatError(file, `lacks the column "${name}"`);
    if (column) checkShape(file, name, column, { group: heldOut.length, labels });
  }
  const images = columns['image.gap']?.length ?? 0;
  for (const name of COLUMN_NAMES) {
    if (COLUMNS[name] === 'image' && columns[name] && columns[name].length !== images)
      throw new FormatError(
        file,
        `the column "${name}" has ${columns[name].length} images, expected ${images}`,
      );
  }
  const { seenSteps, seenCosine } = about;
  return {
    measures: { columns, seen: seenSteps, seenCosine },
    seen: Int32Array.from(about.seen),
    note: about.reading?.note ?? null,
  };
}

/** @throws FormatError if the record belongs to another experiment */
function checkSameRun(file: string, about: RecordAbout, run: RunFile): void {
  const pairs = [
    ['seed', about.seed, run.seed],
    ['recipe', about.recipe, run.recipe],
    ['control', about.control, run.control],
    ['images', about.dataset, run.dataset.hash],
    ['word vectors', about.words, run.words.checksum],
  ] as const;
  for (const [name, own, whole] of pairs) {
    if (own !== whole)
      throw new FormatError(
        file,
        `belongs to another run: ${name} ${own ?? 'none'} in the record, ${whole ?? 'none'} in run.json`,
      );
  }
}

/** The expected shape of a column; −1 for a dimension that only the column itself determines. */
export function shapeOf(
  name: ColumnName,
  { group, labels }: { readonly group: number; readonly labels: number },
): readonly number[] {
  const shape = COLUMNS[name];
  switch (shape) {
    case 'class':
      return [group];
    case 'pair':
      return [group, group];
    case 'two':
      return [2];
    case 'class and k':
      return [group, HIERARCHICAL_AT.length];
    case 'places, hits 1, 5, 10 and class':
      return [1 + HITS.length, group];
    case 'place, hit 1 and class':
      return [2, group];
    case 'hits 1, 5, 10 and pair':
      return [HITS.length, group, group];
    case 'label':
      return [labels];
    case 'image':
    case 'step':
      return [-1];
    default:
      return shape satisfies never;
  }
}

function checkShape(
  file: string,
  name: ColumnName,
  { shape }: Column,
  sizes: { readonly group: number; readonly labels: number },
): void {
  const wanted = shapeOf(name, sizes);
  const fits = shape.length === wanted.length && wanted.every((size, i) => size < 0 || size === shape[i]);
  if (!fits)
    throw new FormatError(
      file,
      `the column "${name}" has shape [${shape.join(', ')}], expected [${wanted.join(', ')}]`,
    );
}

/** The columns in the form that a record file stores. */
export function storedColumns(
  columns: Columns,
  sizes: { readonly group: number; readonly labels: number },
): Map<string, Column> {
  return new Map(
    COLUMN_NAMES.flatMap((name) => {
      const values = columns[name];
      if (!values) return [];
      return [[name, { shape: shapeOf(name, sizes).map((n) => (n < 0 ? values.length : n)), values }]];
    }),
  );
}
