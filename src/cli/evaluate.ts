/** `lexel evaluate`: measures a model on the test images of a data set. */

import type { Command } from 'commander';
import { brokenList } from '../data/index.js';
import type { BackendChoice } from '../engine/index.js';
import { evaluateModel } from '../search/index.js';
import { setCode } from './context.js';
import { evaluationText } from './evaluation-text.js';
import { tellPassedOver } from './image-arguments.js';
import { look, print, printError, printJson } from './terminal.js';
import { backendOption, jsonOption, readingHelp, readingOption, whole } from './values.js';
import { warn } from './word-vectors.js';

interface EvaluateFlags {
  data?: string;
  dataDir?: string;
  reading?: string;
  confusions: number;
  backend?: BackendChoice;
  json?: boolean;
}

export function evaluateCommand(command: Command): void {
  command
    .argument('[model]', 'a model file or a run directory (default: the model that comes with Lexel)')
    .option('--data <set>', 'data set of the test images (default: the one that the model was trained on)')
    .option('--data-dir <dir>', 'directory that is searched first for data sets')
    .addOption(readingOption('how images are compared with words', 'the best that the model supports'))
    .option('--confusions <n>', 'number of confusions that are listed', whole(0), 10)
    .addOption(backendOption('compute backend'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Images of held-out classes are measured apart: among all labels, and among the held-out labels alone, each next to chance.

Example:
  lexel evaluate runs/willow --data cifar-100
${readingHelp()}`,
    )
    .action(async (model: string | undefined, flags: EvaluateFlags) => {
      const found = await evaluateModel({ ...flags, model, onWarning: warn });
      const { broken = [], passedOver } = found;
      if (broken.length > 0) {
        printError(`lexel: ${found.dataset}: ${brokenList(broken)}`);
        // If the model was trained without the broken files (--skip-broken), no image is missing.
        if (!found.sameImages) setCode(1);
      }
      if (passedOver) tellPassedOver(passedOver);
      if (flags.json) printJson(found);
      else print(evaluationText(found, { confusions: flags.confusions, look: look() }));
    });
}
