/** Breaks lines that are wider than a terminal, at spaces, so that the terminal does not break them within a word. */

import { columnsOf } from './look.js';

/** A word; a number and its per cent sign are not parted. */
const WORD = /[^ ]+(?: %[^ ]*)?/g;

/** The start of an error or a note, below which nothing may stand at the start of a line. */
const PREFIX = /^[\ufdd0-\ufdef]?(?:lexel|note):/;

/**
 * Wraps every line of a text that has more than `width` columns. Lines after the first are indented like the first; in
 * a list of names and descriptions ("  --top <n>  number of words") they stand below the description. A command at the
 * end of a line (": lexel report runs/a") is not broken, so that it can be copied, and neither is a long word.
 */
export function wrapLines(text: string, width: number): string {
  if (!Number.isFinite(width)) return text;
  return text
    .split('\n')
    .flatMap((line) => (columnsOf(line) <= width ? [line] : wrapLine(line, width)))
    .join('\n');
}

function wrapLine(line: string, width: number): string[] {
  const [indent] = /^ */.exec(line)!;
  if (line.startsWith('lexel ', indent.length)) return continued(line.trimStart(), indent, width);
  const [term] = /^ *\S+(?: \S+)* {2,}(?=\S)/.exec(line) ?? [indent];
  const room = columnsOf(term) <= width / 2;
  const hanging = PREFIX.test(line) ? `${indent}  ` : ' '.repeat(columnsOf(term));
  const below = room ? hanging : `${indent}  `;
  const [, body, command = ''] = /^(.*?)((?<=: )lexel .*)?$/s.exec(line.slice(indent.length))!;
  return fill(body, command, indent, below, width);
}

/** A command over several lines, each but the last ended by a backslash, so that it can still be copied. */
function continued(command: string, indent: string, width: number): string[] {
  const words = command.match(/(?:'[^']*'|"[^"]*"|\\.|[^ '"\\])+/g)!;
  const lines = [indent + words[0]];
  for (const word of words.slice(1)) {
    const last = lines.length - 1;
    const fits = columnsOf(`${lines[last]} ${word} \\`) <= width;
    if (fits) lines[last] += ` ${word}`;
    else {
      lines[last] += ' \\';
      lines.push(`${indent}  ${word}`);
    }
  }
  return lines;
}

function fill(body: string, command: string, indent: string, below: string, width: number): string[] {
  const lines: string[] = [];
  let line = indent;
  let empty = true;
  const add = (gap: string, word: string) => {
    if (!empty && columnsOf(line) + gap.length + columnsOf(word) > width) {
      lines.push(line);
      line = below;
      empty = true;
    }
    line += (empty ? '' : gap) + word;
    empty = false;
  };
  for (const [, gap, word] of body.matchAll(new RegExp(`( *)(${WORD.source})`, 'g'))) add(gap, word);
  if (command && columnsOf(`${line} ${command}`) > width) return [...lines, line, `${indent}  ${command}`];
  return [...lines, command ? `${line} ${command}` : line];
}

/**
 * Breaks one text to lines of at most `width` columns: at spaces, and in a longer word after `/`, `_`, `-` or a comma, or
 * else anywhere.
 */
export function breakText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [word] of text.matchAll(WORD)) {
    let rest = word;
    if (line !== '' && columnsOf(line) + 1 + columnsOf(rest) <= width) {
      line += ` ${rest}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (columnsOf(rest) > width) {
      const part = startOf(rest, width);
      lines.push(part);
      rest = rest.slice(part.length);
    }
    line = rest;
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

/** The first part of a long word that fits. */
function startOf(word: string, width: number): string {
  let part = '';
  for (const character of word) {
    if (part !== '' && columnsOf(part + character) > width) break;
    part += character;
  }
  const at = Math.max(...['/', '_', '-', ','].map((mark) => part.lastIndexOf(mark))) + 1;
  return at > part.length / 3 ? part.slice(0, at) : part;
}
