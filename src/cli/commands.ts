/** The commands. A command's module, and what it needs, is loaded when the command is called. */

import type { Command } from 'commander';

export interface CommandEntry {
  readonly name: string;
  readonly alias?: string;
  readonly description: string;
  /** Loads what adds the command's options and its action. */
  readonly load: () => Promise<(command: Command) => void>;
}

/** In the order in which `lexel --help` lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    description: 'see it work: drawn shapes, made word vectors, a small network; about a minute',
    load: async () => (await import('./demo.js')).demoCommand,
  },
  {
    name: 'train',
    description: 'train one network to place images where their words lie',
    load: async () => (await import('./train.js')).trainCommand,
  },
  {
    name: 'loo',
    alias: 'crossval',
    description: 'leave classes out, one fold after another, and measure each on what its network never saw',
    load: async () => (await import('./loo.js')).looCommand,
  },
  {
    name: 'pause',
    description: 'let runs in the background stand still while a command runs, or until Ctrl-C',
    load: async () => (await import('./pause.js')).pauseCommand,
  },
  {
    name: 'report',
    description: 'write the report of a run, or of several seeds: HTML, SVG, PNG, CSV, JSON',
    load: async () => (await import('./report.js')).reportCommand,
  },
  {
    name: 'compare',
    description: 'compare runs on the same folds, paired by class; differences are to the first',
    load: async () => (await import('./compare.js')).compareCommand,
  },
  {
    name: 'classify',
    description: 'the words nearest to images',
    load: async () => (await import('./classify.js')).classifyCommand,
  },
  {
    name: 'analogies',
    description: 'a is to b as c is to d: arithmetic on images, beside chance, its shortcuts and words alone',
    load: async () => (await import('./analogies.js')).analogiesCommand,
  },
  {
    name: 'index',
    description:
      'embed the images in a folder, for `lexel find`; a second time only the new and changed ones',
    load: async () => (await import('./index-command.js')).indexCommand,
  },
  {
    name: 'find',
    description: 'images by a word, a phrase, or a sum such as "img:boy.png - man + woman"',
    load: async () => (await import('./find.js')).findCommand,
  },
  {
    name: 'words',
    description: 'look into word vectors, fetch, pack and make them',
    load: async () => (await import('./words.js')).wordsCommand,
  },
  {
    name: 'data',
    description: 'look into data sets and fetch them',
    load: async () => (await import('./data.js')).dataCommand,
  },
  {
    name: 'model',
    description: 'look into networks, pack trained ones',
    load: async () => (await import('./model.js')).modelCommand,
  },
];
