/**
 * Image formats, with their file extensions and first bytes. In folders, images are found by their extension, but they
 * are decoded by their content, so a JPEG named .png can be read.
 */

interface Format {
  readonly name: string;
  /**
   * Extensions of files that count as images in a folder. Formats without extensions here can be read if the user names
   * the file (and libvips supports them), but are passed over in folders: GIF and TIFF may have several pages, SVG is a
   * vector format, and HEIC and similar formats are not supported everywhere. Also, including more files would change
   * the splits that are drawn from folders.
   */
  readonly endings?: readonly string[];
  /** Alternatives for the first bytes, in Latin-1; "?" matches any byte. */
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

/** A name's extension in lower case, such as ".png"; "" if it has none. */
export function endingOf(name: string): string {
  return /.\.([^./\\\s]+)$/.exec(name)?.[1].toLowerCase().replace(/^/, '.') ?? '';
}

/** Whether a name has an image extension ({@link IMAGE_ENDINGS}), ignoring case. */
export function isImageFile(name: string): boolean {
  return ENDINGS.has(endingOf(name).slice(1));
}

/** Number of bytes of a file that are searched for `<svg`. */
const SVG_HEAD = 4096;

/** The format of encoded bytes, such as "JPEG"; undefined for unknown formats and raw pixels. */
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
