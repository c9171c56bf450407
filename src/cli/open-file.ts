/** Opens a file in the program that the system uses for it. */

import { spawn } from 'node:child_process';
import { resolve as resolvePath } from 'node:path';

/** The command that opens a file. Undefined on a system without a desktop, where `xdg-open` would start a text browser. */
function opener({ DISPLAY, WAYLAND_DISPLAY }: NodeJS.ProcessEnv): string | undefined {
  if (process.platform === 'darwin') return 'open';
  if (process.platform === 'win32') return 'explorer.exe';
  return DISPLAY || WAYLAND_DISPLAY ? 'xdg-open' : undefined;
}

/** Whether a person is at the terminal: not in a pipe, and not under continuous integration. */
export function isInteractive(env: NodeJS.ProcessEnv = process.env): boolean {
  return process.stdout.isTTY === true && process.stdin.isTTY === true && !env.CI;
}

/**
 * Opens the file and does not wait for the program. If there is none, nothing happens: the file's name has been printed.
 * @returns whether a program was started
 */
export function openFile(file: string): Promise<boolean> {
  return openAddress(resolvePath(file));
}

/** {@link openFile} for a URL. */
export function openAddress(address: string): Promise<boolean> {
  const command = opener(process.env);
  if (command === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(command, [address], { stdio: 'ignore', detached: true });
    child.on('error', () => resolve(false));
    child.on('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
