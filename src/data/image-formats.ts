/**
 * The kinds of image files: how their names end and how their bytes begin. The name decides what a folder's images are,
 * the content how a file is decoded, so a JPEG called .png reads as well.
 */

interface Format {
  readonly name: string;
  /**
   * Endings by which a file in a folder is taken for an image. Formats without one are read where they are named
   * (as far as libvips decodes them), but passed over in folders: GIF and TIFF may hold many pages, SVG is a drawing,
   * HEIC and its kin are not decoded everywhere, and taking more files in would change the splits that are drawn from
   * folders.
   */
  readonly endings?: readonly string[];
  /** First bytes as Latin-1, one of these; "?" is any byte. */
  readonly begins: readonly string[];
}

const FORMATS: readonly Format[] = [
  { name: 'PNG', endings: ['png'], begins: ['\x89PNG\r\n\x1a\n'] },
  {
    name: 'JPEG',
    endings: ['jpg', 'jpeg', 'jpe', 'jfif', 'pjpeg', 'pjp'],
    begins: ['\xff\xd8\xff'],
  },
  { name: 'WebP', endings: ['webp'], begins: ['RIFF????WEBP'] },
  { name: 'GIF', begins: ['GIF87a', 'GIF89a'] },
  { name: 'TIFF', begins: ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'] },
  { name: 'AVIF', begins: ['????ftypavif', '????ftypavis'] },
  { name: 'HEIC', begins: ['????ftyphei', '????ftyphev', '????ftypmif1', '????ftypmsf1'] },
  { name: 'JPEG XL', begins: ['\xff\x0a', '\0\0\0\x0cJXL \r\n\x87\n'] },
  { name: 'JPEG 2000', begins: ['\0\0\0\x0cjP  \r\n\x87\n', '\xff\x4f\xff\x51'] },
  { name: 'BMP', begins: ['BM'] },
  { name: 'Photoshop', begins: ['8BPS'] },
];

const ENDINGS: ReadonlySet<string> = new Set(FORMATS.flatMap(({ endings = [] }) => endings));

/** ".png, .jpg, ... or .webp", for messages. */
export const IMAGE_ENDINGS = [...ENDINGS]
  .map((ending) => `.${ending}`)
  .join(', ')
  .replace(/, (?=[^,]*$)/, ' or ');

/** A name's ending in lower case, ".png"; "" where it has none. */
export function endingOf(name: string): string {
  return /.\.([^./\\\s]+)$/.exec(name)?.[1].toLowerCase().replace(/^/, '.') ?? '';
}

/** Is it called like an image: {@link IMAGE_ENDINGS}, in capitals too? */
export function isImageFile(name: string): boolean {
  return ENDINGS.has(endingOf(name).slice(1));
}

/** How far into a text file `<svg` is looked for. */
const SVG_HEAD = 4096;

/** The format that encoded bytes begin like, such as "JPEG"; undefined for others, raw pixels among them. */
export function imageFormat(bytes: Uint8Array): string | undefined {
  const begins = (pattern: string) => {
    if (bytes.length < pattern.length) return false;
    for (let i = 0; i < pattern.length; i++)
      if (pattern[i] !== '?' && pattern.charCodeAt(i) !== bytes[i]) return false;
    return true;
  };
  return FORMATS.find((format) => format.begins.some(begins))?.name ?? (isSvg(bytes) ? 'SVG' : undefined);
}

/** SVG is text: it may begin with a byte order mark, an XML declaration or a comment. */
function isSvg(bytes: Uint8Array): boolean {
  const head = new TextDecoder('utf-8').decode(bytes.subarray(0, SVG_HEAD));
  return /^\s*</.test(head) && /<svg[\s>]/.test(head);
}
