/** `lexel data`: inspects and downloads data sets. */

import { Command } from 'commander';
import {
  brokenCount,
  brokenList,
  DATA_CHOICES,
  type DatasetInfo,
  datasetInfo,
  getDataset,
  openDataset,
  PUBLISHED_NAMES,
} from '../data/index.js';
import { visible } from '../util/visible.js';
import { downloadBar } from './bar.js';
import { setCode } from './context.js';
import { tellPassedOver } from './image-arguments.js';
import { table } from './table.js';
import { print, printError, printJson } from './terminal.js';
import { jsonOption, superclassesOption, whole } from './values.js';

export function dataCommand(command: Command): void {
  command.addCommand(info());
  command.addCommand(get());
}

interface InfoFlags {
  dataDir?: string;
  superclasses?: string;
  size?: number;
  json?: boolean;
}

function info(): Command {
  return new Command('info')
    .description('show the contents of a data set')
    .argument('<data>', `${DATA_CHOICES}, or a folder`)
    .option('--data-dir <dir>', 'directory that is searched first for data sets')
    .addOption(superclassesOption())
    .option('--size <pixels>', 'height and width of the images', whole(8))
    .addOption(jsonOption())
    .action(async (spec: string, options: InfoFlags) => {
      const found = datasetInfo(await openDataset(spec, { ...options, skipBroken: true }));
      if (found.broken?.length) {
        printError(`lexel: ${spec}: ${brokenList(found.broken)}`);
        setCode(1);
      }
      if (found.passedOver) tellPassedOver(found.passedOver);
      if (options.json) printJson(found);
      else print(describe(found));
    });
}

function describe(info: DatasetInfo): string {
  const { duplicates } = info;
  const range = (counts: readonly number[]) => {
    const [low, high] = [Math.min(...counts), Math.max(...counts)];
    return low === high ? `${low} per class` : `${low} to ${high} per class`;
  };
  const numbers = (values: readonly number[]) => values.map((v) => v.toFixed(4)).join(' ');
  const summary = table(undefined, [
    ['data', info.name],
    ['images', `${info.size} x ${info.size} pixels, RGB`],
    ['training', `${info.train} images, ${range(info.classes.map((c) => c.train))}`],
    ['test', `${info.test} images, ${range(info.classes.map((c) => c.test))}`],
    ['classes', String(info.classes.length)],
    ['superclasses', String(info.superclasses.length)],
    ['mean', numbers(info.mean)],
    ['deviation', numbers(info.std)],
    ['equal images', `${duplicates.groups} groups, ${duplicates.acrossLabels} of them across labels`],
    [
      'test in train',
      `${duplicates.testInTrain} images, ${duplicates.testInTrainAcrossLabels} under another label`,
    ],
    ['hash', info.hash],
    ['ordered hash', info.orderedHash],
    ...(info.broken?.length ? [['broken', `${brokenCount(info.broken)}, left out of these numbers`]] : []),
  ]);
  return `${summary}\n\n${classList(info)}`;
}

/** The labels, grouped by superclass if there are superclasses. */
function classList({ classes, superclasses }: DatasetInfo): string {
  if (superclasses.length === 0) return classes.map(({ label }) => visible(label)).join(' ');
  return table(
    ['superclass', 'classes'],
    superclasses.map((name) => [
      name,
      classes.flatMap(({ label, superclass }) => (superclass === name ? [label] : [])).join(' '),
    ]),
  );
}

function get(): Command {
  return new Command('get')
    .description('download a published data set')
    .argument('<set>', PUBLISHED_NAMES.join(' or '))
    .option('--data-dir <dir>', 'target directory (default: LEXEL_DATA, else the cache)')
    .option('--url <address>', 'a mirror; the file is still verified by the published checksum')
    .addOption(jsonOption())
    .action(async (set: string, options: { dataDir?: string; url?: string; json?: boolean }) => {
      const bar = downloadBar();
      try {
        const { dir, fetched } = await getDataset(set, { ...options, onProgress: bar.update });
        bar.stop();
        if (options.json) printJson({ set, dir, fetched });
        else print(fetched ? `${set} is in ${dir}` : `${set} was already in ${dir}`);
      } finally {
        bar.stop();
      }
    });
}
