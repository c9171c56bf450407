/** The fonts that PNG figures are drawn with. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Files of the fonts that ship with Lexel. The path works from both src/ and dist/, because they are equally deep. */
const FONT_FILES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf']
  .map((name) => fileURLToPath(new URL(`../../assets/fonts/${name}`, import.meta.url)))
  .filter((file) => existsSync(file));

/** `own`: those that ship with Lexel. `all`: those of the system too, for scripts that ours lack. */
export type Fonts = 'own' | 'all';

/** The fonts, as options of resvg. */
export const fontOptions = (fonts: Fonts) => ({
  loadSystemFonts: fonts === 'all',
  fontFiles: FONT_FILES,
  defaultFontFamily: 'DejaVu Sans',
  sansSerifFamily: 'DejaVu Sans',
});
