/** A line of fields that are left out, the least important first, until it fits a terminal. */

import { columnsOf } from './look.js';

export interface Field {
  readonly text: string;
  /** 0: never left out. Of the others, the field with the largest number is left out first. */
  readonly drop: number;
}

/** Fields joined by `gap`, in at most `width` columns unless the fields that must stay are wider. */
export function fitFields(fields: readonly Field[], width: number, gap = '  '): string {
  let kept = [...fields];
  const line = () => kept.map(({ text }) => text).join(gap);
  while (columnsOf(line()) > width) {
    const least = kept.reduce((worst, field) => (field.drop > worst.drop ? field : worst));
    if (least.drop === 0) break;
    kept = kept.filter((field) => field !== least);
  }
  return line();
}
