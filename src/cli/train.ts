/** `lexel train`: trains one network, with or without held-out classes. */

import type { Command } from 'commander';
import { checkFree, createRunDirectory, prepareExperiment } from '../crossval/index.js';
import { shellWord } from '../util/shell.js';
import { commandLine, newRunDirectory, setCode } from './context.js';
import { execute } from './execute.js';
import { dryRun, tellForecast } from './forecast.js';
import { announce } from './loo.js';
import { resume } from './resume.js';
import { RunAnswers } from './run-answer.js';
import { print } from './terminal.js';
import { addTrainingOptions, experimentOptions, type TrainingFlags } from './training-options.js';
import { list } from './values.js';

interface TrainFlags {
  holdout?: string[];
}

export function trainCommand(command: Command): void {
  command.option('--holdout <labels>', 'classes to hold out together, comma-separated (default: none)', list);
  addTrainingOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  lexel train --data cifar-100 --words glove --holdout willow_tree --epochs 25 --out runs/willow',
    )
    .action(async () => {
      const flags = command.opts<TrainingFlags & TrainFlags>();
      if (flags.resume) return setCode(await resume(command, 'train'));
      const dir = flags.out ?? newRunDirectory(flags.data, 'train');
      checkFree(dir);
      const experiment = await prepareExperiment(
        experimentOptions(flags, { protocol: 'single', holdout: flags.holdout ?? [] }, commandLine()),
      );
      const answers = new RunAnswers(flags.json);
      const planned = { ...flags, dirs: [dir] };
      if (flags.dryRun) {
        announce(dir, experiment);
        await dryRun(experiment, planned, answers);
        return answers.print();
      }
      createRunDirectory(dir, experiment);
      announce(dir, experiment);
      await tellForecast(experiment, planned);
      const code = await execute(dir, experiment, { ...flags, command: 'train', onAnswer: answers.onAnswer });
      answers.print();
      if (code === 0)
        print(`\nThe model is in ${dir}; use it with: lexel classify photo.jpg --model ${shellWord(dir)}`);
      setCode(code);
    });
}
