/** `--sheet FILE`: the images of an answer on a contact sheet, with what was found. */

import { basename } from 'node:path';
import { Option } from 'commander';
import { decodeFile, encodePng } from '../data/index.js';
import type { ContactSheet, SheetTile } from '../figures/contact-sheet.js';
import { LexelError } from '../util/errors.js';
import type { FilePath } from '../util/file-path.js';
import { counted } from '../util/format.js';
import { setCode } from './context.js';
import { print, printProblem } from './terminal.js';
import { warn } from './word-vectors.js';
import { checkFigureName, writeFigure } from './write-figure.js';

/** Larger sheets would be hard to look at, and to open. */
const MOST = 100;

/** Height and width of an image on the sheet, in pixels: sharp at twice the size that it is shown in. */
const THUMBNAIL = 224;

export const sheetOption = (what: string): Option =>
  new Option(
    '--sheet <file>',
    `also write a contact sheet, an .svg or a .png file: ${what} (the first ${MOST} images)`,
  ).argParser((file: string) => {
    checkFigureName('--sheet', file);
    return file;
  });

/** Collects the images of a sheet, which is written at the end. */
export class Sheet {
  private readonly tiles: SheetTile[] = [];
  private given = 0;

  constructor(private readonly file: string) {}

  /**
   * Adds an image, unless the sheet is full. An image that can no longer be read is reported, and makes the exit code 1.
   * @param shown the image's path, for messages
   */
  async add(image: FilePath, shown: string, tile: Omit<SheetTile, 'image' | 'title'>): Promise<void> {
    this.given++;
    if (this.tiles.length >= MOST) return;
    try {
      const pixels = await decodeFile(image, THUMBNAIL);
      this.tiles.push({ image: await encodePng(pixels, THUMBNAIL), title: basename(shown), ...tile });
    } catch (error) {
      if (!(error instanceof LexelError)) throw error;
      printProblem(error);
      setCode(1);
    }
  }

  /**
   * Writes the file, atomically, and prints where it is unless `quiet`. Without images there is no file, but a
   * warning.
   */
  async write(text: Omit<ContactSheet, 'tiles'>, quiet = false): Promise<void> {
    const { tiles, given, file } = this;
    if (tiles.length === 0) {
      warn(`${file} is not written: there is no image to show`);
      return;
    }
    const { contactSheet } = await import('../figures/index.js'); // slow to load
    const some = given > MOST ? [`The first ${MOST} of ${counted(given, 'image')}.`] : [];
    const svg = contactSheet({ ...text, captions: [...text.captions, ...some], tiles });
    await writeFigure(file, svg);
    if (!quiet) print(`\nThe sheet is in ${file}`);
  }
}
