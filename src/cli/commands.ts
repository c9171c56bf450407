/** The commands. The module of a command, with its imports, is loaded only when the command is called. */

import type { CommandEntry } from './command-entry.js';

/** In the order in which `lexel --help` lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    description: 'try Lexel: drawn shapes, bundled word vectors, a small network; about a minute',
    load: async () => (await import('./demo.js')).demoCommand,
  },
  {
    name: 'train',
    description: "train one network to map images to their labels' word vectors",
    load: async () => (await import('./train.js')).trainCommand,
  },
  {
    name: 'loo',
    alias: 'crossval',
    description:
      'cross-validate: hold classes out in each fold, and measure its network on these unseen classes',
    load: async () => (await import('./loo.js')).looCommand,
  },
  {
    name: 'slurm-script',
    description: 'print an array job of Slurm that trains the folds of a run',
    load: async () => (await import('./slurm-script.js')).slurmScriptCommand,
  },
  {
    name: 'worker',
    description: 'train folds from a queue, one per core, until it is stopped',
    load: async () => (await import('./worker.js')).workerCommand,
  },
  {
    name: 'collect',
    description: 'write the run directory of an experiment from a store',
    load: async () => (await import('./collect.js')).collectCommand,
  },
  {
    name: 'queue',
    description: 'show, drain, cancel or retry the experiments of a queue',
    load: async () => (await import('./queue.js')).queueCommand,
  },
  {
    name: 'store',
    description: 'clear a store of what no result needs',
    load: async () => (await import('./store.js')).storeCommand,
  },
  {
    name: 'merge',
    description: 'join run directories of one experiment, such as shards from several machines',
    load: async () => (await import('./merge.js')).mergeCommand,
  },
  {
    name: 'pause',
    description: 'pause background runs while a command runs, or until Ctrl-C',
    load: async () => (await import('./pause.js')).pauseCommand,
  },
  {
    name: 'report',
    description: 'write the report of a run, or of several seeds: HTML, SVG, PNG, CSV, JSON',
    load: async () => (await import('./report.js')).reportCommand,
  },
  {
    name: 'compare',
    description: 'compare runs on the same folds with the first run, paired by class',
    load: async () => (await import('./compare.js')).compareCommand,
  },
  {
    name: 'studio',
    description: 'watch runs, read their results and try them on your own images, in a browser',
    load: async () => (await import('./studio.js')).studioCommand,
  },
  {
    name: 'classify',
    description: 'find the words nearest to images',
    load: async () => (await import('./classify.js')).classifyCommand,
  },
  {
    name: 'evaluate',
    description: 'measure a model on the test images of a data set: loss, hits, confusions',
    load: async () => (await import('./evaluate.js')).evaluateCommand,
  },
  {
    name: 'analogies',
    description:
      'solve "a is to b as c is to d" with images, compared with chance, shortcuts and words alone',
    load: async () => (await import('./analogies.js')).analogiesCommand,
  },
  {
    name: 'index',
    description:
      'embed the images of a folder for `lexel find`; an update embeds only new and changed images',
    load: async () => (await import('./index-command.js')).indexCommand,
  },
  {
    name: 'find',
    description: 'find images by a word, a phrase, or a sum such as "img:boy.png - man + woman"',
    load: async () => (await import('./find.js')).findCommand,
  },
  {
    name: 'words',
    description: 'inspect, download, pack and train word vectors',
    load: async () => (await import('./words.js')).wordsCommand,
  },
  {
    name: 'data',
    description: 'inspect and download data sets',
    load: async () => (await import('./data.js')).dataCommand,
  },
  {
    name: 'completion',
    description: 'print a script that completes commands, options and names on Tab: bash, zsh, fish',
    load: async () => {
      const { completionCommand } = await import('./completion.js');
      return (command) => completionCommand(command, COMMANDS);
    },
  },
  {
    name: 'model',
    description: 'inspect networks, and pack trained ones',
    load: async () => (await import('./model.js')).modelCommand,
  },
  {
    name: 'doctor',
    description: 'show the backend, the speed of a core, and which data are found; suggest the next step',
    load: async () => (await import('./doctor.js')).doctorCommand,
  },
];
