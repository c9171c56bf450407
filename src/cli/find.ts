/** `lexel find`: finds the images of an index nearest to a word, a phrase, an image, or a sum of these. */

import { basename } from 'node:path';
import type { Command } from 'commander';
import type { BackendChoice } from '../engine/index.js';
import { evaluateQuery, ImageIndex } from '../search/index.js';
import { UsageError } from '../util/errors.js';
import { counted, fixed } from '../util/format.js';
import { WORDS_CHOICES } from '../words/index.js';
import { Sheet, sheetOption } from './sheet.js';
import { table } from './table.js';
import { print, printJson } from './terminal.js';
import { backendOption, jsonOption, whole } from './values.js';
import { type ReadFlags, tellRepairs, warn, withReading } from './word-vectors.js';

interface FindFlags extends ReadFlags {
  index: string;
  like?: string;
  top: number;
  model?: string;
  words?: string;
  dataDir?: string;
  backend?: BackendChoice;
  sheet?: string;
  json?: boolean;
}

export function findCommand(command: Command): void {
  command
    .argument('[expression]', 'words and images (img:file, img:"a file") joined by + and -')
    .requiredOption('--index <file.lex>', 'an index created by `lexel index`')
    .option('--like <image>', 'find images like this one, instead of an expression')
    .option('--top <n>', 'number of images', whole(1), 10)
    .option('--model <path>', 'the model that the index was made with, if it has moved')
    .option('--words <vectors>', `${WORDS_CHOICES} (default: the model's own, if they are found)`)
    .option('--data-dir <dir>', 'directory that is searched first for word vectors')
    .addOption(backendOption('compute backend'))
    .addOption(sheetOption('the images that were found'))
    .addOption(jsonOption())
    .action(find);
  withReading(command);
}

async function find(expression: string | undefined, flags: FindFlags): Promise<void> {
  const { like, top } = flags;
  if ((expression === undefined) === (like === undefined)) {
    throw new UsageError('give either an expression or --like', 'lexel find --help');
  }
  const index = ImageIndex.open(flags.index);
  const model = await index.openModel(flags.model, { ...flags, onWords: tellRepairs, onWarning: warn });
  const { vector, images } =
    like === undefined
      ? await evaluateQuery(model, expression!)
      : { vector: (await model.embed(like, { unit: true }))[0], images: [like] };
  const found = await index.search(vector, top, images);
  await index.close();
  if (flags.json) printJson(found);
  else
    print(
      table(
        ['image', 'cosine'],
        found.map(({ image, score }) => [image, score.toFixed(4)]),
      ),
    );
  if (flags.sheet === undefined) return;
  const sheet = new Sheet(flags.sheet);
  for (const { image, score } of found)
    await sheet.add(image, image, { words: [], note: `cosine ${fixed(score, 2)}` });
  const title = like === undefined ? `Images nearest to "${expression}"` : `Images like ${basename(like)}`;
  const captions = [
    `The nearest of the ${counted(index.names.length, 'image')} in ${basename(flags.index)}.`,
  ];
  await sheet.write({ title, captions }, flags.json);
}
