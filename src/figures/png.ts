/** SVG to PNG, with fonts that ship with Lexel: a machine without any font would draw figures without a word. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';

// The same number of folders up from src/ and from dist/.
const FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf']
  .map((name) => fileURLToPath(new URL(`../../assets/fonts/${name}`, import.meta.url)))
  .filter((file) => existsSync(file));

/** Renders at `zoom` pixels per unit of the SVG. */
export function svgToPng(svg: string, zoom = 2): Buffer {
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    background: 'white',
    font: {
      // System fonts only fill in scripts that ours lacks (a label may be in any).
      loadSystemFonts: true,
      fontFiles: FONTS,
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
    },
  });
  return resvg.render().asPng();
}
