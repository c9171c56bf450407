/** Resuming a run from its checkpoint files. */

import { existsSync } from 'node:fs';
import type { Trainer } from '../engine/types.js';
import { withoutChecksum } from '../formats/content-checksum.js';
import { FormatError } from '../util/errors.js';
import { checkpointFiles, promotePrevious, readCheckpoint, saveCheckpoint } from './checkpoint-file.js';
import { type Checkpoints, type Resumed, resumeFrom, type WantedCheckpoint } from './resume.js';

/**
 * The checkpoint files of a run.
 * @param prefix path without ending
 * @param allowDrift allows a resume on another backend or instruction set
 */
export const checkpointsAt = (prefix: string, allowDrift: boolean): Checkpoints => ({
  resume: (trainer, wanted) => resume(prefix, allowDrift, trainer, wanted),
  save: (checkpoint) => saveCheckpoint(prefix, checkpoint),
});

/**
 * Loads the fold's last checkpoint into the trainer, or the previous one if the last is damaged.
 * @returns null if there is no checkpoint
 * @throws FormatError if all existing checkpoints are damaged; LexelError if the checkpoint belongs to another
 *   run, or to another engine without `allowDrift`
 */
async function resume(
  prefix: string,
  allowDrift: boolean,
  trainer: Trainer,
  wanted: WantedCheckpoint,
): Promise<Resumed | null> {
  const candidates = checkpointFiles(prefix);
  const damage: FormatError[] = [];
  for (const file of candidates.filter((name) => existsSync(name))) {
    try {
      const found = readCheckpoint(file);
      const resumed = await resumeFrom(found, trainer, wanted, allowDrift);
      const [last] = candidates;
      if (file !== last) promotePrevious(prefix, found);
      const warnings = file === last ? [] : [passedOver(last, damage[0], resumed.state.epoch)];
      if (found.checksum === null) warnings.push(withoutChecksum(file));
      return { ...resumed, warnings };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      damage.push(error);
    }
  }
  if (damage.length === 0) return null;
  const [first, second] = damage;
  throw new FormatError(
    first.file,
    `${first.problem}${second ? `; and ${second.message}` : ''}`,
    `remove ${damage.map(({ file }) => file).join(' and ')}; --resume and --retry then train the fold again from the start`,
  );
}

function passedOver(last: string, damage: FormatError | undefined, epoch: number): string {
  const why = damage
    ? `${damage.message}; it is skipped`
    : `${last} is missing, perhaps because a process ended while replacing it`;
  return `${why}. Training resumes from the previous checkpoint, of epoch ${epoch}; the result is the same, bit for bit.`;
}
