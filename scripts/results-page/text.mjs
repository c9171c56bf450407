/** Tables, numbers and p-values as the page has them. */
import { MEASURES } from '../../dist/statistics/measures.js';
import { change, fixed, percent, pValue } from '../../dist/util/format.js';
import { json } from './kept.mjs';

/** @param {string[][]} rows cells; the first row is the head */
export function table(rows) {
  const [head, ...body] = rows;
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

const DIGITS = { rank: 2, area: 3, number: 3, count: 1 };

/** "hit@5 of 100", "mean rank of the 20", "AUSUC". */
export function label(measure) {
  const { label: name, group } = MEASURES[measure];
  const [head, ...more] = name.split(', ');
  const among = group === 'all' ? ' of 100' : group === 'held-out' ? ' of the 20' : '';
  return [head + among, ...more].join(', ');
}

/** A measure's value in its unit: rank 5.21, 64.8 %, −20.1 %. */
export function value(measure, x, unit = MEASURES[measure].unit) {
  if (unit === 'share') return percent(x);
  if (unit === 'change') return change(x);
  return fixed(x, DIGITS[unit]);
}

/** The value of a measure by chance, exact where it is 0 or small. */
export function chance(measure, x) {
  if (measure === 'ausuc') return fixed(x, 4);
  return MEASURES[measure].group === 'direction' || x === 0 ? '0' : value(measure, x);
}

/** "4.49 to 5.54", "22.6 to 37.6 %". */
export function range(measure, interval, unit) {
  if (!interval) return 'n/a';
  const [low, high] = [interval.low, interval.high].map((x) => value(measure, x, unit));
  return `${low.replace(/ %$/, '')} to ${high}`;
}

/** "15 to 21" of numbers that are counts, such as epochs or classes. */
export const wholeRange = (interval) =>
  interval ? `${fixed(interval.low, 0)} to ${fixed(interval.high, 0)}` : 'n/a';

const signed = (text) => (/^[−0]/.test(text) && !/^0.*[1-9]/.test(text) ? text : `+${text}`);

const inPoints = (measure) => MEASURES[measure].unit === 'share' || MEASURES[measure].unit === 'change';

function signedNumber(measure, x) {
  return signed(inPoints(measure) ? fixed(100 * x, 1) : fixed(x, DIGITS[MEASURES[measure].unit]));
}

/** A difference with its sign and its interval; of shares in points. */
export function difference(measure, { mean, interval }) {
  const points = inPoints(measure) ? ' points' : '';
  return `${signedNumber(measure, mean)} (${differenceInterval(measure, interval)})${points}`;
}

/** "+2.4 to +6.7"; of shares in points. */
export const differenceInterval = (measure, { low, high }) =>
  `${signedNumber(measure, low)} to ${signedNumber(measure, high)}`;

/** A test of docs/results/comparisons.json. @throws if there is none of this key */
export function test(key) {
  const found = json('comparisons.json').tests.find((each) => each.key === key);
  if (!found) throw new Error(`docs/results/comparisons.json has no test ${key}`);
  return found;
}

/**
 * "p = 0.003", of the tests that are corrected together, with the keys that the page's test reads.
 * @param keys of docs/results/comparisons.json; several give the largest p
 */
export function p(...keys) {
  const found = keys.map((key) => test(key).pHolm);
  const most = Math.max(...found);
  const text = pValue(keys.length > 1 ? Math.ceil(1000 * most) / 1000 : most);
  const sign = text.startsWith('<') ? text : `${keys.length > 1 ? '≤' : '='} ${text}`;
  return `p ${sign}<!-- ${keys.join(' ')} -->`;
}

/** "one seed", "three seeds". */
export const counted = (n, what) => `${number(n)} ${what}${n === 1 ? '' : 's'}`;

/** "a", "a and b", "a, b and c". */
export const list = (items) =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

/** "one", "two", ... as words up to ten. */
export const number = (n) =>
  ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'][n] ?? String(n);

export { change, fixed, percent };
