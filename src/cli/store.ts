/** `lexel store`: housekeeping of a store. */

import type { Command } from 'commander';
import { type PlaceFlags, storeOf } from './queue-place.js';
import { print, printJson } from './terminal.js';
import { jsonOption } from './values.js';

export function storeCommand(command: Command): void {
  command
    .command('gc')
    .description('delete claims and checkpoints that no result needs; workers may go on meanwhile')
    .option('--store <place>', 'a shared folder, or s3://bucket/prefix (default: LEXEL_STORE)')
    .addOption(jsonOption())
    .action(async (flags: PlaceFlags & { json?: boolean }) => {
      const { clearStore } = await import('../queue/index.js');
      const deleted = await clearStore(storeOf(flags));
      if (flags.json) return printJson(deleted);
      const { claims, checkpoints, files, temporaries } = deleted;
      print(
        `Deleted: ${claims} claims, ${checkpoints} objects of checkpoints, ${files} files of duplicates, ` +
          `${temporaries} temporary files of a day ago and earlier`,
      );
    });
}
