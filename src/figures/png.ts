/**
 * Converts SVG to PNG with fonts that ship with Lexel; without them, a machine without fonts would draw no
 * text.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';

/** Files of the fonts. The path works from both src/ and dist/, because they are equally deep. */
export const FONT_FILES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf']
  .map((name) => fileURLToPath(new URL(`../../assets/fonts/${name}`, import.meta.url)))
  .filter((file) => existsSync(file));

/** Renders at `zoom` pixels per unit of the SVG. */
export function svgToPng(svg: string, zoom = 2): Buffer {
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    background: 'white',
    font: {
      // System fonts are used for scripts that our fonts lack; a label may use any script.
      loadSystemFonts: true,
      fontFiles: FONT_FILES,
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
    },
  });
  return resvg.render().asPng();
}
