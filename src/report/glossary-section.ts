/** The page's section on its terms, which are linked to it. */

import { escapeXml as text } from '../util/xml.js';
import { GLOSSARY, termId } from './glossary.js';
import type { Section } from './sections.js';

export function glossarySection(): Section {
  const entries = GLOSSARY.map(
    ({ term, meaning }) => `<dt id="${termId(term)}">${text(term)}</dt><dd>${text(meaning)}</dd>`,
  );
  return {
    ...{ id: 'words', title: 'Words used here', open: true },
    plain: 'What the terms on this page mean, in a sentence each.',
    content: `<dl>${entries.join('\n')}</dl>
<p>The exact definitions are in docs/DEFINITIONS.md, which comes with Lexel.</p>`,
  };
}
