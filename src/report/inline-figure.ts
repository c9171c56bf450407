/**
 * A figure as part of the page. The text is outside the drawing, so that it wraps in narrow windows; panels are side
 * by side or below each other; colours are variables of the page, which dark mode changes.
 */

import { parseHTML } from 'linkedom';
import { COLOURS } from '../util/figure-style.js';
import { escapeXml } from '../util/xml.js';

const NAMES = new Map(Object.entries(COLOURS).map(([name, colour]) => [colour, name]));
/** Wider panels scroll in narrow windows rather than become too small to read. */
const WIDE = 560;

/**
 * @param svg from drawFigure or architectureFigure
 * @param name of its file, without ending
 */
export function inlineFigure(svg: string, name: string): string {
  const { document } = parseHTML(`<!doctype html><html><body>${svg}</body></html>`);
  const root = document.querySelector('svg')!;
  const panels = Array.from(root.querySelectorAll('svg'));
  if (panels.length === 0) return `<figure data-figure="${name}">${panelHtml(root, describe(root))}</figure>`;
  const text = (selector: string) =>
    Array.from(root.querySelectorAll(selector)).map((element) => element.textContent ?? '');
  const [title] = text('text.title');
  const lines = text('text.subtitle');
  return `<figure data-figure="${name}">
<figcaption><b>${escapeXml(title)}.</b> ${lines.map(escapeXml).join(' ')}</figcaption>
<div class="panels${root.getAttribute('class') === 'together' ? ' scroll together' : ''}">${panels.map((panel) => panelHtml(panel, describe(root))).join('\n')}</div>
</figure>`;
}

const describe = (root: Element) =>
  root.querySelector('desc')?.textContent ?? root.getAttribute('aria-label') ?? '';

function panelHtml(panel: Element, description: string): string {
  for (const name of ['x', 'y', 'font-family', 'aria-label', 'xmlns:xlink']) panel.removeAttribute(name);
  panel.setAttribute('role', 'img');
  panel.setAttribute('aria-label', description);
  for (const rect of Array.from(panel.children))
    if (rect.tagName === 'rect' && rect.getAttribute('fill') === COLOURS.page) rect.remove();
  for (const element of [panel, ...Array.from(panel.querySelectorAll('*'))]) {
    // Plot names its groups ("dot", "rule"); the panel is one image with one description.
    if (element !== panel) element.removeAttribute('aria-label');
    for (const name of ['fill', 'stroke', 'color']) {
      const variable = NAMES.get(element.getAttribute(name) ?? '');
      if (variable) element.setAttribute(name, `var(--fig-${variable})`);
    }
  }
  const wide = Number(panel.getAttribute('width')) > WIDE ? ' wide' : '';
  return `<div class="scroll panel${wide}">${panel.outerHTML}</div>`;
}
