/**
 * Text that others chose (labels, words, names of files) as it may be shown: a terminal obeys control characters, XML
 * refuses some, and bidirectional overrides show a line in another order than it has.
 */

/** C0, DEL, C1, the line ends of Unicode, bidirectional embeddings, overrides and isolates, and what XML has no place for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HIDDEN = /[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/g;

const SHORT: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Escapes as JavaScript and C write them: "a\x1b[2Jb". */
function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return (
    SHORT[character] ??
    (code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`)
  );
}

/** One line: what a terminal would obey, line ends among it, stands as an escape. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** The same for text of several lines, which stay lines. */
export function visibleLines(text: string): string {
  return text.replace(HIDDEN, (character) => (character === '\n' ? character : escaped(character)));
}

/** JSON that is safe to show: the same value, with what JSON leaves as it is (DEL, C1, overrides) as \uXXXX. */
export function visibleJson(json: string): string {
  return json.replace(HIDDEN, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
