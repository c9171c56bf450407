/** The command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 42 poisoned folds, 130 stopped by Ctrl-C. */

import { Command, CommanderError } from 'commander';
import { FolderOfRunsError } from '../crossval/folder-of-runs.js';
import { ERROR_CODES, LexelError } from '../util/errors.js';
import { columnsOf } from '../util/look.js';
import { withoutPassword } from '../util/secrets.js';
import { cannotWrite, systemProblem } from '../util/system-errors.js';
import { VERSION } from '../util/version.js';
import { visible } from '../util/visible.js';
import { COMMANDS } from './commands.js';
import { beginAction, beginCommand, commandWith, exitCode } from './context.js';
import { answerInJson, look, print, printError, printProblem, widthOf } from './terminal.js';

/** @param argv has the command among its first two words: `lexel loo …`, `lexel help loo` */
async function program(argv: readonly string[]): Promise<Command> {
  const lexel = new Command('lexel')
    .description('Train small convolutional networks to map an image to the word vector of its label.')
    .version(VERSION)
    .showSuggestionAfterError();
  const called = argv.slice(0, 2);
  for (const { name, alias, description, load } of COMMANDS) {
    const command = new Command(name).description(description);
    if (alias !== undefined) command.alias(alias);
    if (called.includes(name) || (alias !== undefined && called.includes(alias))) (await load())(command);
    lexel.addCommand(command);
  }
  lexel.hook('preAction', (_, command) => {
    beginAction(command);
    const { json, jsonLines } = command.opts();
    answerInJson(Boolean(json ?? jsonLines));
  });
  configure(lexel);
  return lexel;
}

/** Makes commander throw instead of exiting, leave error messages to {@link main}, and fit its help to the terminal. */
function configure(command: Command): void {
  const width = widthOf(process.stdout);
  command
    .exitOverride()
    .configureOutput({
      outputError: () => {},
      writeOut: (text) => print(text.replace(/\n$/, '')),
      getOutHelpWidth: () => (Number.isFinite(width) ? width : PIPED_HELP_WIDTH),
    })
    .configureHelp({
      styleTitle: (title) => look().style('strong', title),
      displayWidth: columnsOf,
      minWidthToWrap: 20,
    });
  for (const sub of command.commands) configure(sub);
}

/** Columns of a help text in a pipe or a file. */
const PIPED_HELP_WIDTH = 80;

/**
 * Runs one command line.
 * @param argv the words after `lexel`
 * @returns the exit code; errors are printed, never thrown
 */
export async function main(argv: readonly string[]): Promise<number> {
  beginCommand(argv);
  // The list of processes shows the title to every user of the machine.
  if (argv.some((word) => withoutPassword(word) !== word)) process.title = `lexel ${argv[0]}`;
  // A reader that closes the pipe early, such as `head`, ends the command.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    printError(`lexel: ${(cannotWrite('standard output', error) as Error).message}`);
    process.exit(1);
  });
  try {
    await (await program(argv)).parseAsync([...argv], { from: 'user' });
    return exitCode();
  } catch (error) {
    return explain(error);
  }
}

function explain(error: unknown): number {
  if (process.env.LEXEL_DEBUG && error instanceof Error && !(error instanceof CommanderError)) {
    printError(error.stack ?? error.message);
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0 || error.code === 'commander.help') return error.exitCode === 0 ? 0 : 2;
    printProblem({ message: error.message.replace(/^error: /, '') });
    printError('  lexel --help lists the commands; lexel <command> --help lists the options of a command');
    return 2;
  }
  if (error instanceof LexelError) {
    printProblem(error);
    const other = error instanceof FolderOfRunsError && commandWith(error);
    if (other) printError(`    ${other}`);
    return ERROR_CODES[error.code].exit;
  }
  const { code, message, path } = error as NodeJS.ErrnoException;
  if (code === 'EPIPE') return 0;
  const known = systemProblem(error);
  printError(`lexel: ${known ? [path && visible(path), known].filter(Boolean).join(': ') : message}`);
  if (code === undefined && !process.env.LEXEL_DEBUG) {
    printError('  This is a bug in Lexel. Set LEXEL_DEBUG=1 to see the stack trace.');
  }
  return 1;
}
