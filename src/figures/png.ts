/**
 * Converts SVG to PNG with fonts that ship with Lexel; without them, a machine without fonts would draw no
 * text.
 */
import { Resvg } from '@resvg/resvg-js';
import { type Fonts, fontOptions } from './fonts.js';
import { missingCharacters } from './missing-characters.js';

export interface PngOptions {
  /**
   * Called once if the text has characters that no font has, neither Lexel's nor the system's: the PNG lacks them.
   * `missingText` makes a sentence of them.
   */
  readonly onMissing?: (characters: string[]) => void;
}

/** Renders at `zoom` pixels per unit of the SVG. */
export function svgToPng(svg: string, zoom = 2, { onMissing }: PngOptions = {}): Buffer {
  // A label may use any script. Where our fonts do, the machine's have no influence.
  const fonts: Fonts = missingCharacters(svg, 'own').length > 0 ? 'all' : 'own';
  const missing = fonts === 'all' && onMissing ? missingCharacters(svg, fonts) : [];
  if (missing.length > 0) onMissing?.(missing);
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    background: 'white',
    font: fontOptions(fonts),
  });
  return resvg.render().asPng();
}
