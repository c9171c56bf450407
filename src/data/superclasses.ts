/**
 * Reads superclasses from a user's file, for a data set without superclasses or with others. The file has one line per
 * class, or is JSON.
 *
 *     red_circle,circle            {"red_circle": "circle"}            {"circle": ["red_circle", "blue_circle"]}
 */
import { isUtf8 } from 'node:buffer';
import { readBytes } from '../formats/read.js';
import { FormatError } from '../util/errors.js';
import { indexOfName } from '../util/names.js';
import { nearestSpellings } from '../util/spelling.js';
import * as z from '../util/zod.js';
import { regrouped } from './dataset.js';
import type { Dataset } from './types.js';

/** One class and its superclass in a file. */
export interface SuperclassEntry {
  readonly label: string;
  readonly superclass: string;
  /** From 1. */
  readonly line: number;
}

export interface SuperclassFile {
  /** The path as the user gave it. */
  readonly path: string;
  /** In file order; a class may occur several times with the same superclass. */
  readonly entries: readonly SuperclassEntry[];
}

const EXPECTED =
  'Expected one line per class, <class>,<superclass>, with a comma or a tab; or JSON, {"<class>": "<superclass>"} or ' +
  '{"<superclass>": ["<class>", "<class>"]}.';

/** Maximum number of classes without a superclass that a message lists. */
const NAMED = 10;

/**
 * Reads a file of superclasses in UTF-8, with or without a byte order mark, with any line ends. Lines are
 * `class,superclass`, with a comma or a tab. As in CSV, a name that contains a comma or begins with `#` must be in double
 * quotes. Empty lines and comment lines, which begin with `#`, are skipped. A file named `.json` or beginning with `{`
 * is JSON: it maps classes to their superclass, or superclasses to lists of classes.
 *
 * Names are normalised to NFC, like the labels of folder data sets.
 *
 * @throws FormatError with file and line if the file cannot be read, is not UTF-8, contains no classes, is malformed,
 *   contains an empty name, or gives a class two superclasses
 */
export function readSuperclasses(path: string): SuperclassFile {
  const text = decode(path);
  const json = path.toLowerCase().endsWith('.json') || text.trimStart().startsWith('{');
  if (text.trim() === '') throw new FormatError(path, 'is empty', EXPECTED);
  const entries = (json ? jsonEntries(path, text) : textEntries(path, text)).map((entry) => ({
    ...entry,
    label: entry.label.normalize('NFC'),
    superclass: entry.superclass.normalize('NFC'),
  }));
  if (entries.length === 0) throw new FormatError(path, 'contains no classes', EXPECTED);
  const known = new Map<string, SuperclassEntry>();
  for (const entry of entries) {
    const { label, superclass, line } = entry;
    if (label === '') throw new FormatError(path, `line ${line}: the name of the class is empty`, EXPECTED);
    if (superclass === '') {
      throw new FormatError(
        path,
        `line ${line}: the superclass of "${label}" has an empty name`,
        'Every class needs a superclass with a name.',
      );
    }
    const other = known.get(label);
    if (other && other.superclass !== superclass) {
      throw new FormatError(
        path,
        `line ${line}: "${label}" has the superclass "${superclass}", but "${other.superclass}" in line ${other.line}`,
        'A class can have only one superclass: remove one of the two.',
      );
    }
    known.set(label, entry);
  }
  return { path, entries };
}

/**
 * Replaces the superclasses of a data set by those of a file, sorted by name so that the order of the file does not
 * matter. Images and hashes do not change.
 *
 * @throws FormatError if the file contains a class that the data set does not have, or omits one
 */
export function withSuperclasses(dataset: Dataset, { path, entries }: SuperclassFile): Dataset {
  const places = new Map(dataset.classes.map((label, c) => [label.normalize('NFC'), c]));
  const names = new Array<string | undefined>(dataset.classes.length).fill(undefined);
  for (const [i, entry] of entries.entries()) {
    const place = places.get(entry.label) ?? indexOfName(entry.label, dataset.classes);
    if (place < 0) throw unknownClass(path, entry, i === 0, dataset.classes);
    names[place] = entry.superclass;
  }
  const without = dataset.classes.filter((_, c) => names[c] === undefined);
  if (without.length > 0) {
    const more = without.length > NAMED ? ` and ${without.length - NAMED} more` : '';
    throw new FormatError(
      path,
      `${without.length} of the data set's ${names.length} classes ${without.length === 1 ? 'has' : 'have'} no superclass ` +
        `in it: ${without.slice(0, NAMED).join(', ')}${more}`,
      'Every class needs one; it may be a superclass with a single class.',
    );
  }
  const given = names as string[];
  const superclasses = [...new Set(given)].sort();
  const order = new Map(superclasses.map((name, s) => [name, s]));
  return regrouped(dataset, {
    superclasses,
    superclassOf: given.map((name) => order.get(name)!),
    superclassFile: { path, replaced: dataset.superclasses.length > 0 },
  });
}

function unknownClass(
  path: string,
  { label, superclass, line }: SuperclassEntry,
  first: boolean,
  classes: readonly string[],
): FormatError {
  const near = nearestSpellings(label, classes, 3);
  let hint = '`lexel data info` lists the classes.';
  if (first && superclass.toLowerCase() === 'superclass')
    hint = 'If this line is a header, remove it or begin it with #.';
  else if (near.length > 0) hint = `Did you mean ${near.join(', ')}?`;
  return new FormatError(path, `line ${line}: the data set has no class "${label}"`, hint);
}

/** @throws FormatError with the first line that is not UTF-8 text */
function decode(path: string): string {
  const bytes = readBytes(path);
  // Zero bytes are valid UTF-8, but indicate UTF-16 without a byte order mark.
  const isText = (part: Buffer) => isUtf8(part) && !part.includes(0);
  if (isText(bytes)) return new TextDecoder().decode(bytes);
  const lines = bytes.toString('latin1').split('\n'); // in UTF-8, a line feed byte is never part of another character
  const line = lines.findIndex((text) => !isText(Buffer.from(text, 'latin1'))) + 1;
  throw new FormatError(path, `line ${line} is not UTF-8`, 'Save the file as UTF-8 text.');
}

/** Matches a line of two fields, each plain or in double quotes. */
const row = (separator: string) => {
  const field = `("(?:[^"]|"")*"|[^" ${separator}][^${separator}]*|)`;
  return new RegExp(`^ *${field} *${separator} *${field} *$`);
};
const COMMA = row(',');
const TAB = row('\t');

function textEntries(path: string, text: string): SuperclassEntry[] {
  return text.split(LINE_END).flatMap((line, i): SuperclassEntry[] => {
    if (line.trim() === '' || line.trimStart().startsWith('#')) return [];
    const fields = (line.includes('\t') ? TAB : COMMA).exec(line);
    if (!fields) {
      throw new FormatError(
        path,
        `line ${i + 1} is not a class and its superclass: ${line.trim()}`,
        `${EXPECTED} Put names that contain a comma in double quotes.`,
      );
    }
    return [{ label: unquoted(fields[1]), superclass: unquoted(fields[2]), line: i + 1 }];
  });
}

const unquoted = (field: string) =>
  field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field.trim();

const LINE_END = /\r\n|\r|\n/g;

/** Maps classes to their superclass, or superclasses to their classes. */
const Groups = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

function jsonEntries(path: string, text: string): SuperclassEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const message = (error as Error).message.replaceAll(/\s+/g, ' ');
    const at = /at position (\d+)/.exec(message)?.[1];
    const line = at === undefined ? '' : `line ${text.slice(0, Number(at)).split(LINE_END).length}: `;
    throw new FormatError(path, `${line}is not JSON: ${message}`, EXPECTED);
  }
  // Scan the text for strings, because JSON.parse gives no line numbers, and only the last value of a repeated key.
  const strings = [...stringsIn(text)];
  const keys = new Map<string, number>();
  for (const { value, line, depth, isKey } of strings) {
    if (!isKey || depth > 1) continue;
    const before = keys.get(value);
    if (before !== undefined) {
      throw new FormatError(
        path,
        `line ${line}: the key "${value}" is also in line ${before}`,
        'Merge the two.',
      );
    }
    keys.set(value, line);
  }
  const groups = Groups.safeParse(json);
  if (!groups.success) {
    const key = groups.error.issues[0].path[0];
    if (typeof key !== 'string') throw new FormatError(path, 'is JSON, but not an object', EXPECTED);
    throw new FormatError(
      path,
      `line ${keys.get(key)}: the value of "${key}" is neither a superclass nor a list of classes`,
      EXPECTED,
    );
  }
  let key = '';
  return strings.flatMap(({ value, line, depth, isKey }): SuperclassEntry[] => {
    if (isKey) {
      key = value;
      return [];
    }
    return [depth === 1 ? { label: key, superclass: value, line } : { label: value, superclass: key, line }];
  });
}

/** Every string of a JSON text, with its line and nesting depth. */
function* stringsIn(json: string) {
  let [line, from, depth] = [1, 0, 0];
  for (const { 0: token, 1: colon, index } of json.matchAll(/"(?:[^"\\]|\\.)*"(?=(\s*:)?)|[{}[\]]/g)) {
    line += json.slice(from, index).match(LINE_END)?.length ?? 0;
    from = index;
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else yield { value: JSON.parse(token) as string, line, depth, isKey: colon !== undefined };
  }
}
