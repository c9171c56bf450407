/**
 * {@link drawFigure} for callers outside Lexel. Its declaration does not refer to Plot's types, because these need
 * @types/d3 and the DOM's types, which Plot does not install.
 */
import { type Panel as CheckedPanel, drawFigure as draw } from './document.js';
import type { FigureText } from './figure-text.js';

/** A plot with its size, in SVG units. */
export interface Panel {
  /** Options of Observable Plot's `plot()`, of its type `PlotOptions`. */
  readonly options: object;
  readonly width: number;
  readonly height: number;
}

/** Draws panels side by side under a title; returns the SVG as text. */
export function drawFigure(panels: readonly Panel[], text: FigureText): string {
  return draw(panels as readonly CheckedPanel[], text);
}
