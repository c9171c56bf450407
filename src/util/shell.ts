/** Quotes words of printed commands, so that the commands can be copied into a shell. */
import { visible } from './visible.js';

/**
 * Quotes a word for a POSIX shell. Words without special characters are left plain; others are put in single quotes, or
 * in $'…' if they contain control characters. $'…' is part of POSIX 2024, and bash and zsh have had it for longer.
 */
export function shellWord(word: string): string {
  if (/^[\w./:,+@%^-][\w./:=,+@%^-]*$/.test(word)) return word;
  if (visible(word) === word) return `'${word.replaceAll("'", "'\\''")}'`;
  return `$'${visible(word.replace(/[\\']/g, '\\$&'))}'`;
}
