/** Writes a finished fold as a record: the numbers that the statistics need, in a few kilobytes. */
import { condensedLog, writeRecordFile } from '../crossval/record-file.js';
import type { RunFile } from '../crossval/run-file.js';
import { FORMAT_VERSION } from '../train/index.js';
import { storedColumns } from './fold-record.js';
import type { FoldData } from './load.js';
import { measureFold } from './measure-fold.js';

/**
 * Writes a fold's record. The same fold always gives the same columns.
 * @param run the run of the fold
 */
export function keepRecord(file: string, run: RunFile, fold: FoldData): void {
  const { record, heldOut } = fold;
  const { columns, seen, seenCosine } = measureFold(fold);
  const { log, columns: epochs } = condensedLog(record);
  const sizes = { group: heldOut.length, labels: run.dataset.classes.length };
  writeRecordFile(
    file,
    {
      format: 'lexel-record',
      version: FORMAT_VERSION,
      fold: record.id,
      seed: run.seed,
      recipe: run.recipe,
      ...(run.control !== undefined && { control: run.control }),
      dataset: run.dataset.hash,
      words: run.words.checksum,
      heldOut: [...record.heldOut],
      seen: [...fold.seen],
      seenSteps: seen,
      seenCosine,
      log,
    },
    new Map([...storedColumns(columns, sizes), ...epochs]),
  );
}
