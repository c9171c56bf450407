/** Links the first occurrence of each glossary term on the page. */

import { escapeXml } from '../util/xml.js';
import { GLOSSARY, type GlossaryEntry, termId } from './glossary.js';

/** Elements in which no term is linked: links, headings, code, drawings, the glossary itself, and what folds or sorts. */
const CLOSED = new Set([
  'a',
  'button',
  'code',
  'dl',
  'h1',
  'h2',
  'h3',
  'nav',
  'summary',
  'svg',
  'thead',
  'title',
]);

const PIECES = /<\/?([a-z][a-z0-9]*)[^>]*>|[^<]+/gi;

/** A link to the glossary of the page. */
const link = ({ term, meaning }: GlossaryEntry, found: string): string =>
  `<a class="term" href="#${termId(term)}" title="${escapeXml(meaning)}">${found}</a>`;

/**
 * @param html the content of `<body>`, without comments and scripts
 * @param mark makes HTML of a term that was found
 * @returns the same with a link at the first occurrence of each term in the text
 */
export function linkTerms(html: string, mark = link): string {
  const spellings = GLOSSARY.flatMap((entry) =>
    [entry.term, ...(entry.also ?? [])].map((text) => ({ text: escapeXml(text), entry })),
  ).sort((a, b) => b.text.length - a.text.length);
  // A longer spelling comes first, so that "calibrated skill" is no "skill".
  const any = new RegExp(
    `(?<![\\w-])(?:${spellings.map(({ text }) => text.replaceAll(/[^\w -]/g, '\\$&')).join('|')})(?![\\w@-])`,
    'gi',
  );
  const entryOf = new Map(spellings.map(({ text, entry }) => [text.toLowerCase(), entry]));
  const linked = new Set<GlossaryEntry>();
  let closed = 0;
  return html.replace(PIECES, (piece, tag: string | undefined) => {
    if (tag !== undefined) {
      if (CLOSED.has(tag.toLowerCase()) && !piece.endsWith('/>')) closed += piece.startsWith('</') ? -1 : 1;
      return piece;
    }
    if (closed > 0) return piece;
    return piece.replace(any, (found) => {
      const entry = entryOf.get(found.toLowerCase())!;
      if (linked.has(entry)) return found;
      linked.add(entry);
      return mark(entry, found);
    });
  });
}
