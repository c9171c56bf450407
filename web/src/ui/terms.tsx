/** Terms of the glossary, with their meaning on hover and focus (tip.ts). */

import { linkTerms } from '../../../src/report/link-terms.js';
import { escapeXml } from '../../../src/util/xml.js';

const mark = ({ term }: { readonly term: string }, found: string) =>
  `<button type="button" class="term" data-term="${escapeXml(term)}">${found}</button>`;

/** The first occurrence of each term in HTML from the report's code becomes one. */
export const withTerms = (html: string): string => linkTerms(html, mark);

/** Plain text whose terms have their meaning on hover. */
export function Terms({ children }: { readonly children: string }) {
  // Escaped, then marked by the report's own code.
  return <span dangerouslySetInnerHTML={{ __html: withTerms(escapeXml(children)) }} />;
}
