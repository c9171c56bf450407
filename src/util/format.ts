/** Formats numbers for the terminal, the pages and the figures. Negative numbers have a true minus sign (U+2212). */

const minus = (text: string) => text.replace('-', '−');
/** Removes the sign of −0.00, which would look like a mistake. */
const unsignedZero = (text: string) => (/^[-−]0(\.0*)?$/.test(text) ? text.slice(1) : text);

const isThere = (value: number | null): value is number => value !== null && !Number.isNaN(value);

/** A number with a fixed number of digits; "n/a" for null and NaN. */
export function fixed(value: number | null, digits: number): string {
  return !isThere(value) ? 'n/a' : minus(unsignedZero(value.toFixed(digits)));
}

/** A share, e.g. 0.123 -> "12.3 %". */
export function percent(value: number | null, digits = 1): string {
  return !isThere(value) ? 'n/a' : `${fixed(value * 100, digits)} %`;
}

/** A share with at most two digits, e.g. 0.0105 -> "1.1 %", 0.01 -> "1 %", 0.123 -> "12 %". */
export function roughPercent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

/** A change with its sign, e.g. −0.31 -> "−31.0 %", 0.679 -> "+67.9 %". */
export function change(value: number | null, digits = 1): string {
  if (!isThere(value)) return 'n/a';
  const text = percent(value, digits);
  return value > 0 && !text.startsWith('0.0 ') ? `+${text}` : text;
}

/** A p-value with three digits; "< 0.001" for smaller ones. */
export function pValue(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** 4521 -> "1 h 15 min". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A label with spaces: "willow_tree" -> "willow tree". */
export function words(label: string): string {
  return label.replaceAll('_', ' ');
}

/** A label for a figure, shortened so that it does not overlap its neighbours. */
export function shortName(label: string, longest = 24): string {
  const text = words(label);
  return text.length <= longest ? text : `${text.slice(0, longest - 1).trimEnd()}…`;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A number of bytes in the largest unit of which there is at least one: "1.5 GiB". */
export function bytesText(count: number): string {
  const unit = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** unit;
  return `${unit === 0 || Number.isInteger(value) ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A count with its noun: "1 class", "3 classes". */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
