/** `lexel index`: embeds a folder's images for `lexel find`. */

import type { Command } from 'commander';
import type { BackendChoice } from '../engine/index.js';
import { openModel, updateIndex } from '../search/index.js';
import { UsageError } from '../util/errors.js';
import { counted } from '../util/format.js';
import { setCode } from './context.js';
import { tellPassedOver } from './image-arguments.js';
import { print, printError, printJson, printProblem } from './terminal.js';
import { backendOption, jsonOption, readingHelp, readingOption } from './values.js';
import { warn } from './word-vectors.js';

interface IndexFlags {
  out: string;
  model?: string;
  half?: boolean;
  reading?: string;
  backend?: BackendChoice;
  json?: boolean;
}

/** Milliseconds between progress lines. */
const INTERVAL = 5000;

export function indexCommand(command: Command): void {
  command
    .argument('<folder>', 'folder that is searched, with its subfolders, for PNG, JPEG and WebP')
    .requiredOption('--out <file.lex>', 'the index; an existing index of this folder is updated')
    .option('--model <path>', 'a model file or a run directory (default: the model that comes with Lexel)')
    .addOption(readingOption('how images will be compared with words', 'the best that the model supports'))
    .option('--half', 'store float16: half the size, about three decimals')
    .addOption(backendOption('compute backend'))
    .addOption(jsonOption())
    .addHelpText('after', readingHelp())
    .action(index);
}

async function index(folder: string, flags: IndexFlags): Promise<void> {
  const model = openModel(flags.model, { backend: flags.backend, reading: flags.reading, onWarning: warn });
  if (!/\.lex$/i.test(flags.out))
    throw new UsageError(`--out ${flags.out}: the name of an index must end with .lex`);
  let last = performance.now();
  const outcome = await updateIndex(folder, flags.out, model, {
    half: flags.half,
    onProgress: (done, total) => {
      if (performance.now() - last < INTERVAL) return;
      last = performance.now();
      printError(`${done} of ${total} images`);
    },
  });
  const { images, embedded, kept, outOfReach, gone, otherModel, failed, passedOver } = outcome;
  for (const { error } of failed) printProblem(error);
  tellPassedOver(passedOver);
  if (otherModel)
    printError(`${flags.out} was made with another model or reading: all images were embedded again`);
  if (flags.json) {
    const unreadable = failed.map(({ image, error }) => ({ image, error: error.message }));
    const report = { images, embedded, kept, outOfReach, gone, otherModel, failed: unreadable, passedOver };
    printJson(report);
  } else {
    const parts = [`${embedded} embedded`, `${kept} kept`, `${gone} removed`];
    if (outOfReach > 0) parts.push(`${outOfReach} unreachable, ${otherModel ? 'left out' : 'kept'}`);
    if (failed.length > 0) parts.push(`${failed.length} unreadable`);
    print(`${flags.out}: ${counted(images, 'image')} (${parts.join(', ')})`);
  }
  if (failed.length > 0) setCode(1);
}
