/** Parsers of option values: numbers in a range, lists, pairs. */

import { InvalidArgumentError, Option } from 'commander';
import { BACKEND_CHOICES, type BackendChoice } from '../engine/backend-names.js';
import { READING_NAMES } from '../readings/names.js';
import { numbersOf, parseRange } from '../util/ranges.js';

/** A parser for whole numbers ≥ `low`. */
export function whole(low: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(`It must be a whole number, at least ${low}.`);
    }
    return value;
  };
}

/** A parser for numbers from `low` to `high`; includes `low` only if `closed`. */
export function real(low: number, high = Number.POSITIVE_INFINITY, closed = true): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (
      text.trim() === '' ||
      !Number.isFinite(value) ||
      value < low ||
      value > high ||
      (!closed && value === low)
    ) {
      const range = `${closed ? 'from' : 'above'} ${low}${Number.isFinite(high) ? ` up to ${high}` : ''}`;
      throw new InvalidArgumentError(`It must be a number ${range}.`);
    }
    return value;
  };
}

const SIZES: Readonly<Record<string, number>> = {
  ...{ kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 },
};

/** Parses "500MB" or "1.5 GiB" to bytes; at least 1 MB. */
export function memorySize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (SIZES[unit?.toLowerCase()] ?? Number.NaN));
  if (!(Number.isSafeInteger(bytes) && bytes >= 1e6)) {
    throw new InvalidArgumentError('Write it as 500MB or 2GiB; at least 1MB.');
  }
  return bytes;
}

/** Parses "a,b" to ["a", "b"]. If the option is repeated, the lists are joined. */
export function list(text: string, before: readonly string[] = []): string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new InvalidArgumentError('It is empty.');
  return [...before, ...items];
}

/** Parses "0,1,2" or "0-4" to numbers. */
export function seeds(text: string): number[] {
  return list(text).flatMap((part) => {
    const range = parseRange(part);
    if (!range || range[1] - range[0] > 999) {
      throw new InvalidArgumentError('It must be numbers and ranges, such as 0,1,2 or 0-4.');
    }
    return numbersOf(range);
  });
}

/** Parses "old=new", which may be repeated, to a record. */
export function alias(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at <= 0 || at === text.length - 1) throw new InvalidArgumentError('Write it as old=new.');
  return { ...before, [text.slice(0, at).trim()]: text.slice(at + 1).trim() };
}

/** An option with a fixed set of values. */
export function choice(
  flags: string,
  description: string,
  values: readonly string[],
  fallback?: string,
): Option {
  const option = new Option(flags, description).choices([...values]);
  return fallback === undefined ? option : option.default(fallback);
}

/** `--json`, which every command that answers has. Standard output then holds one JSON document and nothing else. */
export const jsonOption = (): Option => new Option('--json', 'print the answer as JSON');

/** `--backend`. */
export const backendOption = (description: string, fallback?: BackendChoice): Option =>
  choice('--backend <name>', description, BACKEND_CHOICES, fallback);

/** `--reading`. */
export const readingOption = (description: string, fallback = "the network's own"): Option =>
  new Option(
    '--reading <name>',
    `${description}; also a sum, such as conse+2*reverse-ridge (default: ${fallback})`,
  );

/** The readings, for `--help`. */
export const readingHelp = (): string =>
  [
    '',
    'Readings:',
    ...Object.entries(READING_NAMES).map(([name, about]) => `  ${name.padEnd(15)} ${about}`),
  ].join('\n');

/** `--superclasses`. */
export const superclassesOption = (): Option =>
  new Option(
    '--superclasses <file>',
    "file with a superclass for each class: lines of class,superclass, or JSON (default: the data set's own)",
  );
