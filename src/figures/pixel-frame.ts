/** Pixels of a scatter plot, for labels that are placed before Plot draws. */
import * as Plot from '@observablehq/plot';
import { COLOURS } from '../util/figure-style.js';
import { ofClass } from './class-marks.js';
import type { PlacedLabel } from './place-labels.js';

type Domain = readonly [low: number, high: number];

export interface PixelFrame {
  readonly area: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
  readonly toX: (value: number) => number;
  readonly toY: (value: number) => number;
  readonly fromX: (pixel: number) => number;
  readonly fromY: (pixel: number) => number;
}

/** @param domains linear, y upwards */
export function pixelFrame(
  size: { readonly width: number; readonly height: number },
  margin: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
  { x, y }: { readonly x: Domain; readonly y: Domain },
): PixelFrame {
  const area = {
    left: margin.left,
    right: size.width - margin.right,
    top: margin.top,
    bottom: size.height - margin.bottom,
  };
  const [width, height] = [area.right - area.left, area.bottom - area.top];
  return {
    area,
    toX: (value) => area.left + ((value - x[0]) / (x[1] - x[0])) * width,
    toY: (value) => area.bottom - ((value - y[0]) / (y[1] - y[0])) * height,
    fromX: (pixel) => x[0] + ((pixel - area.left) / width) * (x[1] - x[0]),
    fromY: (pixel) => y[0] + ((area.bottom - pixel) / height) * (y[1] - y[0]),
  };
}

/** The range of values with a twentieth of room at both ends. */
export function roomyDomain(values: readonly number[]): [low: number, high: number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || 1) * 0.05;
  return [low - room, high + room];
}

/** Marks that draw placed labels. */
export function labelMarks(labels: readonly PlacedLabel[], frame: PixelFrame, size: number) {
  return (['start', 'middle', 'end'] as const).map((anchor) => {
    const own = labels.filter((label) => label.anchor === anchor);
    return Plot.text(own, {
      x: (label: PlacedLabel) => frame.fromX(label.textX),
      y: (label: PlacedLabel) => frame.fromY(label.textY),
      text: 'text',
      textAnchor: anchor,
      fontSize: size,
      fill: COLOURS.ink,
      ...ofClass(own, ({ class: label }) => (label === undefined ? [] : [label])),
    });
  });
}
