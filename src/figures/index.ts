/** The figures as SVG. */

export { classChart } from './class-chart.js';
export {
  type ContactSheet,
  contactSheet,
  type Mark,
  type SheetTile,
  type SheetWord,
} from './contact-sheet.js';
export { drawFigure, type Panel } from './draw-figure.js';
export { figure2 } from './figure-2.js';
export { figure3 } from './figure-3.js';
export type { FigureText } from './figure-text.js';
export { missingText } from './missing-characters.js';
export { type PngOptions, svgToPng } from './png.js';
