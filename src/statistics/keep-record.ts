/** Writes a finished fold as a record: the numbers that the statistics need, in a few kilobytes. */
import { condensedLog, writeRecordFile } from '../crossval/record-file.js';
import type { RunFile } from '../crossval/run-file.js';
import { FORMAT_VERSION } from '../train/index.js';
import { chosenReading, runReading } from './fold-reading.js';
import { storedColumns } from './fold-record.js';
import type { FoldData } from './load.js';
import { measureFold } from './measure-fold.js';

const NO_LOG = { start: null, resumes: [], epochs: [], end: null };

/**
 * Writes a fold's record, with its log. A record by another reading than the network's own is an additional
 * file without the log. The same fold always gives the same columns.
 * @param run the run of the fold
 */
export function keepRecord(file: string, run: RunFile, fold: FoldData): void {
  const { record, heldOut } = fold;
  const other = chosenReading(runReading(fold)) === undefined ? undefined : fold.reading;
  const { columns, seen, seenCosine } = measureFold(fold);
  const { log, columns: epochs } = condensedLog(other ? { ...record, ...NO_LOG } : record);
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
      ...(other && { reading: { ...other } }),
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
