/**
 * Observable Plot on the server: plots are drawn into a linkedom document and combined to one SVG with a
 * title. The SVG has no style sheet, script or custom property, because not every SVG renderer supports them.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { COLOURS, FIGURE_FONT } from '../util/figure-style.js';
import { visibleLines } from '../util/visible.js';
import { escapeXml } from '../util/xml.js';
import type { FigureText } from './figure-text.js';
import { textWidth } from './text-width.js';

/** A plot with its size, in SVG units. */
export interface Panel {
  readonly options: Plot.PlotOptions;
  readonly width: number;
  readonly height: number;
}

const MARGIN = 12;
const TITLE_LINE = 24;
const SUBTITLE_LINE = 17;

/** Draws panels side by side under a title; returns the SVG as text. */
export function drawFigure(panels: readonly Panel[], text: FigureText): string {
  const top = MARGIN + TITLE_LINE + text.subtitle.length * SUBTITLE_LINE + 6;
  const width = Math.max(
    panels.reduce((sum, panel) => sum + panel.width, MARGIN - 4),
    // Rounded up, because the last digits of a measured width differ between machines.
    Math.ceil(textWidth(text.title, { size: 16, bold: true })) + 2 * MARGIN,
    ...text.subtitle.map((line) => Math.ceil(textWidth(line, { size: 12 })) + 2 * MARGIN),
  );
  const height = top + Math.max(...panels.map((panel) => panel.height));
  // Plot places its y label 4 units from the edge; this shift aligns it with the title.
  let x = MARGIN - 4;
  const drawn = panels.map((panel) => {
    const svg = drawPanel(panel, x, top);
    x += panel.width;
    return svg;
  });
  const subtitle = text.subtitle.map(
    (line, i) =>
      `<text class="subtitle" x="${MARGIN}" y="${MARGIN + TITLE_LINE + 11 + i * SUBTITLE_LINE}" fill="${COLOURS.faint}" font-size="12">${escapeXml(line)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"${text.together ? ' class="together"' : ''} role="img" font-family="${FIGURE_FONT}" color="${COLOURS.ink}">`,
    `<title>${escapeXml(text.title)}</title><desc>${escapeXml(text.description)}</desc>`,
    `<rect width="${width}" height="${height}" fill="${COLOURS.page}"/>`,
    `<text class="title" x="${MARGIN}" y="${MARGIN + 15}" fill="${COLOURS.ink}" font-size="16" font-weight="bold">${escapeXml(text.title)}</text>`,
    ...subtitle,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ options, width, height }: Panel, x: number, y: number): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({ ...options, width, height, document });
  // Plot's own style sheet uses :where() and custom properties, which only browsers support.
  svg.querySelector('style')?.remove();
  for (const [name, value] of Object.entries({
    ...{ x, y, 'font-size': 12, 'font-family': FIGURE_FONT, color: COLOURS.ink },
    overflow: 'visible',
  })) {
    svg.setAttribute(name, String(value));
  }
  for (const element of Array.from(svg.querySelectorAll('*'))) {
    for (const attribute of Array.from(element.attributes)) attribute.value = rounded(attribute.value);
  }
  svg.removeAttribute('class');
  // Plot writes labels as they are: control characters are no XML.
  return visibleLines(svg.outerHTML).replaceAll('var(--plot-background)', COLOURS.page);
}

/**
 * Rounds numbers to a hundredth of a unit, which is not visible. Further digits would be a third of the file, and the last
 * of them differ between processors and versions of Node.
 */
const rounded = (attribute: string) =>
  attribute.replace(/-?\d+(?:(?:\.\d+)?e-\d+|\.\d{3,})/g, (number) =>
    String(Math.round(Number(number) * 100) / 100 + 0),
  );
