/** A drawing, written under a name that ends with .svg or .png. */
import { writeFileAtomic } from '../formats/index.js';
import { UsageError } from '../util/errors.js';
import { warn } from './word-vectors.js';

const FORMATS = /\.(svg|png)$/i;

/** @throws UsageError for a file of another kind */
export function checkFigureName(option: string, file: string): void {
  if (FORMATS.test(file)) return;
  throw new UsageError(`${option} ${file}: the name of a figure must end with .svg or .png`);
}

/** Writes the file, atomically. Warns of characters that a PNG lacks. */
export async function writeFigure(file: string, svg: string): Promise<void> {
  if (!/\.png$/i.test(file)) return writeFileAtomic(file, [svg]);
  const { missingText, svgToPng } = await import('../figures/index.js'); // slow to load
  const png = svgToPng(svg, 2, { onMissing: (characters) => warn(`${file}: ${missingText(characters)}`) });
  writeFileAtomic(file, [png]);
}
