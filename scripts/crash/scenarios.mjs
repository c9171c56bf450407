// The table of scenarios: commands that the test disturbs. Fields of a scenario:
//
//     prepare(inputs)      writes the input files of the command
//     args(dir, inputs)    arguments of the command: starts in an empty folder, or resumes from the files in it
//     milliseconds         [from, to]: range of the time from the start of the process to the disturbance
//     kilobytes            upper bound of the free space on a full disk, or of the file size limit; drawn from 0
//     content(dir)         content to compare with that of an undisturbed run: bytes by name
//     check(dir)           reads the files after a disturbance; throws if one is unreadable
//     leftOver(dir)        names of files that should have been deleted by the end
//     events               maximum number of events per life
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { readFold, readRun, readRunFile } from '../../dist/crossval/run-file.js';
import { readIndex } from '../../dist/search/index-file.js';
import { loadCheckpoint } from '../../dist/train/checkpoint-file.js';
import { deriveKey, Random } from '../../dist/util/random.js';
import { readWords } from '../../dist/words/index.js';
import { leftOver, runContent } from './run-content.mjs';

const SMALL = '--data shapes --net lite --width 0.25 --size 8 --batch 16 --limit 64'.split(' ');

/** Checks that all files of an interrupted run are readable: logs, checkpoints, finished folds. */
function checkRun(dir) {
  const run = join(dir, 'run');
  if (!existsSync(join(run, 'run.json'))) return;
  for (const plan of readRunFile(run).folds) {
    readFold(run, plan);
    loadCheckpoint(join(run, 'folds', plan.id));
  }
  readRun(run);
}

const training = (command, more, epochs) => ({
  prepare() {},
  args: (dir) => {
    const run = join(dir, 'run');
    return existsSync(join(run, 'run.json'))
      ? [command, '--resume', run, '--retry', '--workers', '2']
      : [command, ...SMALL, ...more, '--workers', '2', '--epochs', `${epochs}`, '--out', run];
  },
  kilobytes: 260,
  content: (dir) => runContent(join(dir, 'run')),
  check: checkRun,
  leftOver,
});

const WORDS = 20_000;
function writeWordVectors(inputs) {
  const random = new Random(deriveKey(1, 'crash words'));
  const row = () => Array.from({ length: 20 }, () => random.uniform().toFixed(4)).join(' ');
  writeFileSync(
    join(inputs, 'words.txt'),
    Array.from({ length: WORDS }, (_, i) => `word${i} ${row()}\n`).join(''),
  );
}

async function drawImages(inputs) {
  mkdirSync(join(inputs, 'images'));
  for (let i = 0; i < 60; i++) {
    const background = { r: (i * 37) & 255, g: (i * 91) & 255, b: (i * 53) & 255 };
    await sharp({ create: { width: 32, height: 32, channels: 3, background } }).toFile(
      join(inputs, 'images', `${i}.png`),
    );
  }
}

/** For commands that write a single file: it must be complete or absent. */
const oneFile = (name, read) => ({
  content: (dir) => new Map([[name, readFileSync(join(dir, name))]]),
  check: (dir) => existsSync(join(dir, name)) && read(join(dir, name)),
  leftOver,
});

export const SCENARIOS = {
  loo: {
    ...training('loo', ['--protocol', 'holdout:12'], 6),
    milliseconds: [300, 3000],
    events: 7,
  },
  train: {
    ...training('train', ['--holdout', 'red_circle,blue_square'], 12),
    milliseconds: [300, 2200],
    events: 3,
  },
  index: {
    prepare: drawImages,
    args: (dir, inputs) => ['index', join(inputs, 'images'), '--out', join(dir, 'pictures.lex')],
    milliseconds: [100, 900],
    kilobytes: 20,
    ...oneFile('pictures.lex', readIndex),
    events: 4,
  },
  'words pack': {
    prepare: writeWordVectors,
    args: (dir, inputs) => ['words', 'pack', join(inputs, 'words.txt'), join(dir, 'words.lexw')],
    milliseconds: [100, 700],
    kilobytes: 1500,
    ...oneFile('words.lexw', readWords),
    events: 4,
  },
};
