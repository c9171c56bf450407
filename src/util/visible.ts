/**
 * Escapes untrusted text (labels, words, file names) for display: terminals execute control characters, XML forbids
 * some of them, and bidirectional overrides change the displayed order of a line.
 */

/** C0, DEL, C1, Unicode line ends, bidirectional embeddings, overrides and isolates, characters forbidden in XML, and noncharacters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the regular expression matches control characters
const HIDDEN = /[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]/g;

const SHORT: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Escapes a character as in JavaScript and C: "a\x1b[2Jb". */
function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return (
    SHORT[character] ??
    (code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`)
  );
}

/** Escapes control characters, including line ends, so that the text is a single line. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** Same as {@link visible}, but keeps line feeds, and the marks of styles (look.ts), which names cannot contain. */
export function visibleLines(text: string): string {
  return text.replace(HIDDEN, (character) =>
    /[\n\ufdd0-\ufdef]/.test(character) ? character : escaped(character),
  );
}

/** Escapes characters that JSON leaves unescaped (DEL, C1, overrides) as \uXXXX; the JSON value stays the same. */
export function visibleJson(json: string): string {
  return json.replace(HIDDEN, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
