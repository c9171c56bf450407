/** Runs the real command line on a pseudo-terminal of a given width, with `script` of util-linux. */

import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { shellWord } from '../../src/util/shell.js';

const bin = fileURLToPath(new URL('../../bin/lexel.js', import.meta.url));

/** Whether there is a `script` that takes a command; the tests of the terminal are skipped otherwise. */
export const hasTerminal = /util-linux/.test(
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '',
);

/** @returns the exit code, and all that the terminal received, with line ends as in a file */
export function onTerminal(
  columns: number,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<{ code: number | null; screen: string }> {
  const env: NodeJS.ProcessEnv = { ...process.env, TERM: 'xterm', ...options.env };
  for (const name of ['FORCE_COLOR', 'NO_COLOR']) if (options.env?.[name] === undefined) delete env[name];
  const command = [process.execPath, bin, ...args].map(shellWord).join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qec', `stty cols ${columns} rows 50; ${command}`, '/dev/null'], {
      cwd: options.cwd,
      env: { ...env, SHELL: '/bin/sh' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      screen += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, screen: screen.replaceAll('\r\n', '\n') }));
  });
}

/** The text without colours and other codes. */
export function plainText(screen: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of terminals
  return screen.replaceAll(/\x1b(?:\[[\d;?]*[A-Za-z]|[78])/g, '');
}
