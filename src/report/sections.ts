/** Chapters and sections of the page, and its table of contents. Sections fold; the reader's first ones are open. */

import { escapeXml } from '../util/xml.js';

export interface Section {
  /** The fragment of its address. */
  readonly id: string;
  readonly title: string;
  /** What it shows, in one sentence without terms of the field. */
  readonly plain: string;
  /** HTML. */
  readonly content: string;
  /** Default: false. */
  readonly open?: boolean;
}

export interface Chapter {
  readonly id: string;
  readonly title: string;
  readonly sections: readonly Section[];
}

/** The contents, with a link to each section. */
export function contents(chapters: readonly Chapter[]): string {
  const items = chapters.map(
    ({ id, title, sections }) =>
      `<li><a href="#${id}">${escapeXml(title)}</a><ul>${sections
        .map((section) => `<li><a href="#${section.id}">${escapeXml(section.title)}</a></li>`)
        .join('')}</ul></li>`,
  );
  return `<nav class="contents" aria-label="Contents"><h2>Contents</h2><ul>${items.join('\n')}</ul></nav>`;
}

export function chaptersHtml(chapters: readonly Chapter[]): string {
  return chapters
    .map(
      ({ id, title, sections }) => `<section id="${id}">
<h2>${escapeXml(title)}</h2>
${sections.map(sectionHtml).join('\n')}
</section>`,
    )
    .join('\n');
}

function sectionHtml({ id, title, plain, content, open = false }: Section): string {
  return `<details id="${id}"${open ? ' open' : ''}>
<summary><h3>${escapeXml(title)}</h3></summary>
<p class="says">${escapeXml(plain)}</p>
${content}
</details>`;
}
