/**
 * Names the classes of a figure's marks in the attribute `data-class`, so that a page can tell which class is pointed at
 * and highlight it in every figure. Labels are percent-encoded and separated by blanks.
 */

import type * as Plot from '@observablehq/plot';

/** The value of `data-class` for one or several labels. */
export const classAttribute = (...labels: readonly string[]): string =>
  labels.map(encodeURIComponent).join(' ');

/**
 * An option of a mark: each of its elements names the classes of its datum; a line names those of its first one.
 * @param data the data of the mark
 */
export function ofClass<Datum>(
  data: readonly Datum[],
  labelsOf: (datum: Datum) => readonly string[],
): Pick<Plot.MarkOptions, 'render'> {
  return {
    render(index, scales, values, dimensions, context, next) {
      const group = next!(index, scales, values, dimensions, context);
      for (const element of Array.from(group?.children ?? [])) {
        // D3 keeps here what an element was drawn from: an index, or the indices of a line.
        const { __data__: drawn } = element as Element & { __data__?: number | readonly number[] };
        const first = typeof drawn === 'number' ? drawn : drawn?.[0];
        const labels = first === undefined ? [] : labelsOf(data[first]);
        if (labels.length > 0) element.setAttribute('data-class', classAttribute(...labels));
      }
      return group;
    },
  };
}
