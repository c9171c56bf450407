/** `lexel studio`: the runs below a folder, in a browser. */

import { existsSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { LexelError, UsageError } from '../util/errors.js';
import { bytesText, counted } from '../util/format.js';
import { visible } from '../util/visible.js';
import { terminalBar } from './bar.js';
import { isInteractive, openAddress } from './open-file.js';
import { listen } from './run-command.js';
import { print, printError, printJson } from './terminal.js';
import { jsonOption, whole } from './values.js';

interface StudioFlags {
  port?: number;
  host: string;
  open?: boolean;
  allowRuns?: boolean;
  dataDir?: string;
  export?: string;
  singleFile?: string;
  images?: boolean;
  json?: boolean;
}

/** The folder in which `train` and `loo` put runs without `--out`. */
const RUNS = 'runs';

export function studioCommand(command: Command): void {
  command
    .argument(
      '[runs]',
      `a run directory, or a folder that is searched for them, three levels deep (default: ${RUNS}/)`,
    )
    .option(
      '--port <n>',
      'port to listen on; 0 takes any free one (default: 4177, or the next free one)',
      whole(0),
    )
    .option(
      '--host <address>',
      'address to listen on; other machines need the token in the printed address',
      '127.0.0.1',
    )
    .option('--open', 'open the browser')
    .option('--allow-runs', 'let the pages start, stop and resume runs')
    .option('--data-dir <dir>', 'directory that is searched first for data sets and word vectors')
    .option('--export <dir>', 'write the pages and their data for any web host, and exit')
    .option('--single-file <file.html>', 'write everything as one page that opens from disk, and exit')
    .option('--images', 'with --export and --single-file: include images of the data sets')
    .addOption(jsonOption())
    .addHelpText('after', '\nCtrl-C stops the studio, with exit code 0.')
    .action(async (given: string | undefined, flags: StudioFlags) => {
      const runsDir = folderOf(given);
      if (flags.export !== undefined || flags.singleFile !== undefined) return exportTo(runsDir, flags);
      if (flags.images)
        throw new UsageError('--images needs --export or --single-file', 'lexel studio --help');
      const { port, host, allowRuns, dataDir } = flags;
      const { startStudio } = await import('../server/studio.js'); // slow to load
      const signals = listen();
      try {
        const options = { runsDir, port, host, allowRuns, dataDir };
        const studio = await startStudio({ ...options, onBug: (error) => printError(bugText(error)) });
        const { url } = studio;
        const runs = await studio.runs.list();
        const broken = runs.filter(({ state }) => state === 'broken');
        if (flags.json) printJson({ url, runs: runs.length, broken: broken.length });
        else {
          print(
            `${foundText(runs.length, broken.length, runsDir)}\nThe studio is at ${url}\nPress Ctrl-C to stop it.`,
          );
        }
        if (flags.open && isInteractive()) await openAddress(url);
        await signals.first;
        await studio.close();
      } finally {
        signals.stop();
      }
    });
}

/** Writes the studio as files, and tells where and how large they are. */
async function exportTo(runsDir: string, flags: StudioFlags): Promise<void> {
  for (const [option, value] of Object.entries({
    '--port': flags.port,
    '--open': flags.open,
    '--allow-runs': flags.allowRuns,
  })) {
    if (value !== undefined)
      throw new UsageError(`${option} and an export exclude each other`, 'lexel studio --help');
  }
  const { exportStudio } = await import('../server/export/export-studio.js'); // slow to load
  const { export: folder, singleFile: file, images = false, dataDir } = flags;
  const bar = terminalBar<{ what: string }>('{value} of {total} | {what}');
  const { written, bytes, runs, leftOut } = await exportStudio({
    ...{ runsDir, folder, file, images, dataDir },
    onStep: ({ what, done, total }) => bar.update(done, total, { what: visible(what) }),
  }).finally(bar.stop);
  if (flags.json) return printJson({ files: written, bytes, runs, leftOut });
  for (const { run, what, reason } of leftOut)
    printError(`Left out: ${what} of ${visible(run)}: ${visible(reason)}`);
  print(`Written: ${written.join(', ')}, with ${counted(runs, 'run')}, ${bytesText(bytes)}`);
}

/** @throws LexelError if the named folder does not exist; runs/ may be created later */
function folderOf(given: string | undefined): string {
  const folder = given ?? RUNS;
  if (!existsSync(folder)) {
    if (given === undefined) return folder;
    throw new LexelError(
      `${folder}: no such folder`,
      'Name a folder with runs, which `lexel loo --out` writes.',
      {
        code: 'LEXEL_NOT_FOUND',
      },
    );
  }
  if (statSync(folder).isDirectory()) return folder;
  throw new LexelError(
    `${folder} is not a folder`,
    'Name a folder with runs, which `lexel loo --out` writes.',
  );
}

function foundText(runs: number, broken: number, folder: string): string {
  if (runs === 0) return `No runs in ${folder} yet: lexel demo trains some networks in a minute.`;
  return `${counted(runs, 'run')} in ${folder}${broken > 0 ? `, ${broken} of them broken` : ''}`;
}

const bugText = (error: unknown): string =>
  `lexel: a bug in Lexel: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
