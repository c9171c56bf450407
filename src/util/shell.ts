/** Words of commands that Lexel prints, so that they can be copied into a shell. */
import { visible } from './visible.js';

/**
 * A word as a POSIX shell reads it back: plain where nothing in it means anything to a shell, else in single quotes; with
 * control characters as $'…', which sh has since POSIX 2024 and bash and zsh had before.
 */
export function shellWord(word: string): string {
  if (/^[\w./:,+@%^-][\w./:=,+@%^-]*$/.test(word)) return word;
  if (visible(word) === word) return `'${word.replaceAll("'", "'\\''")}'`;
  return `$'${visible(word.replace(/[\\']/g, '\\$&'))}'`;
}
