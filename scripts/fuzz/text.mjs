// Mutations of text: of whole lines and within lines.
import { mutateBytes } from './bytes.mjs';
import { HOSTILE_NUMBERS, HOSTILE_STRINGS, pick } from './values.mjs';

const LINES = {
  remove: (lines, at) => lines.splice(at, 1),
  repeat: (lines, at) => lines.splice(at, 0, lines[at]),
  swap(lines, at, random) {
    const other = random.below(lines.length);
    [lines[at], lines[other]] = [lines[other], lines[at]];
  },
  join: (lines, at) => lines.splice(at, 2, lines.slice(at, at + 2).join('')),
  empty: (lines, at) => lines.splice(at, 0, ''),
  cut(lines, at, random) {
    lines[at] = lines[at].slice(0, random.below(lines[at].length + 1));
  },
  long(lines, at, random) {
    lines[at] = `${lines[at]} `.repeat(pick(random, [2, 10, 500]));
  },
  /** Replaces one token by a hostile number or string; tokens are separated by white space and punctuation. */
  token(lines, at, random) {
    const words = lines[at].split(/([\s,:{}[\]"+]+)/);
    const numbers = random.below(2) === 0 ? HOSTILE_NUMBERS : HOSTILE_STRINGS;
    words[random.below(words.length)] = pick(random, numbers);
    lines[at] = words.join('');
  },
  insert(lines, at, random) {
    const place = random.below(lines[at].length + 1);
    lines[at] = lines[at].slice(0, place) + pick(random, HOSTILE_STRINGS) + lines[at].slice(place);
  },
};
const NAMES = Object.keys(LINES);

export function mutateLines(bytes, random) {
  if (random.below(4) === 0) return mutateBytes(bytes, random);
  const lines = bytes.toString('utf8').split('\n');
  LINES[pick(random, [...NAMES, 'token', 'token', 'insert'])](lines, random.below(lines.length), random);
  return Buffer.from(lines.join(pick(random, ['\n', '\n', '\n', '\r\n', '\r', '\u2028'])));
}
