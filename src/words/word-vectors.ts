/** Words and their vectors in memory, searched by the native kernel if it is built. */

import { dotRows } from './dot-rows.js';
import type { VectorTable } from './vector-table.js';
import { WordTable } from './word-table.js';

export class WordVectors extends WordTable {
  /**
   * @param source name of the file, for messages and records.
   * @param elsewhere finds another local set that contains a word; returns its name in the form that `--words` takes.
   */
  constructor(table: VectorTable, source: string, elsewhere?: (word: string) => string | undefined) {
    super(table, source, elsewhere, dotRows);
  }
}
