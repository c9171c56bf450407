/** What holds for the whole page: its policy, contents, glossary, script, figures and first sentence. */

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodePng } from '../../src/data/index.js';
import { GLOSSARY, termId } from '../../src/report/glossary.js';
import { imageCards } from '../../src/report/image-cards.js';
import { plainSentence, writeReport, writeSeedsReport } from '../../src/report/index.js';
import { linkTerms } from '../../src/report/link-terms.js';
import { PAGE_SCRIPT } from '../../src/report/page-script.js';
import type { Summary } from '../../src/statistics/index.js';
import { PALETTE } from '../../src/util/figure-style.js';
import { fakeRun, hundredLabels, rotations } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-page-'));
afterAll(() => rmSync(root, { recursive: true }));
const pages: Record<string, string> = {};
let summary: Summary;

beforeAll(async () => {
  const labels = hundredLabels();
  const groups = rotations(labels.superclassOf).slice(0, 2);
  const options = { ...labels, groups, protocol: 'one-per-superclass', images: 6, epochs: 2, seenImages: 2 };
  for (const seed of [0, 1]) fakeRun(join(root, 'seeds', `seed-${seed}`), { ...options, seed });
  const small = { permutations: 20, resamples: 50 };
  const run = await writeReport(join(root, 'seeds', 'seed-0'), small);
  ({ summary } = run);
  const seeds = await writeSeedsReport(join(root, 'seeds'), small);
  pages.run = readFileSync(run.files[0], 'utf8');
  pages.seeds = readFileSync(seeds.files[0], 'utf8');
});

const elements = (html: string, selector: string) =>
  Array.from(parseHTML(html).document.querySelectorAll(selector));
const spaces = (text: string | null) => text!.replaceAll('\u00a0', ' ');

describe.each(['run', 'seeds'])('the page of %s', (name) => {
  test('its policy allows its own style and script, and images in the page', () => {
    const html = pages[name];
    const policy = elements(html, 'meta[http-equiv]')[0].getAttribute('content')!;
    for (const [tag, directive] of [
      ['style', 'style-src'],
      ['script', 'script-src'],
    ]) {
      const contents = [...html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))];
      expect(contents.length, tag).toBe(1);
      const hash = createHash('sha256').update(contents[0][1]).digest('base64');
      expect(policy).toContain(`${directive} 'sha256-${hash}';`);
    }
    expect(policy).toMatch(/^default-src 'none'; img-src data:;/);
    expect(elements(html, '[style], [onclick], link, iframe, object')).toEqual([]);
  });

  test('every link within it leads somewhere, and the contents list every section', () => {
    const ids = elements(pages[name], '[id]').map((element) => element.id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = elements(pages[name], 'a[href^="#"]').map((a) => a.getAttribute('href')!.slice(1));
    expect(ids).toEqual(expect.arrayContaining(links));
    const listed = elements(pages[name], 'nav a').map((a) => a.getAttribute('href')!.slice(1));
    const sections = elements(pages[name], 'main section, main section > details').map(({ id }) => id);
    expect(listed).toEqual(sections);
  });

  test('each term that stands on it is linked once', () => {
    const targets = elements(pages[name], 'a.term').map((a) => a.getAttribute('href')!.slice(1));
    expect(new Set(targets).size).toBe(targets.length);
    expect(targets).toEqual(expect.arrayContaining(['term-held-out', 'term-hit-k', 'term-skill']));
  });

  test('figures have the colours of the page, in both modes', () => {
    const style = elements(pages[name], 'style')[0].textContent!;
    for (const [colour, [light, dark]] of Object.entries(PALETTE)) {
      expect(style).toContain(`--fig-${colour}: ${light};`);
      expect(style).toContain(`--fig-${colour}: ${dark};`);
    }
    const drawings = elements(pages[name], 'figure svg');
    expect(drawings.length).toBeGreaterThan(1);
    for (const drawing of drawings) {
      expect(drawing.outerHTML).not.toMatch(/"(#[0-9a-f]{3,6}|white|black)"/);
      expect(drawing.getAttribute('aria-label')!.length).toBeGreaterThan(10);
    }
  });
});

describe('the glossary', () => {
  test('abridges headings of DEFINITIONS.md', () => {
    const definitions = readFileSync(new URL('../../docs/DEFINITIONS.md', import.meta.url), 'utf8');
    const bold = [...definitions.matchAll(/\*\*([^*]+?)\.?\*\*/g)].map(([, term]) => term);
    for (const { term, defined } of GLOSSARY) expect(bold, term).toContain(defined);
    expect(new Set(GLOSSARY.map(({ term }) => termId(term))).size).toBe(GLOSSARY.length);
  });

  test('links the first occurrence in the text, the longest term first', () => {
    const linked = linkTerms(
      '<h2>skill</h2><p>Calibrated skill is no <b>skillful</b> thing.</p><table><thead><tr><th>skill</th></tr></thead></table>' +
        '<p>skill, <a href="x">rank</a>, hit@50, hit@5 and hit@1; mean-vector</p>',
    );
    const terms = elements(linked, 'a.term').map((a) => [a.textContent, a.getAttribute('href')]);
    expect(terms).toEqual([
      ['Calibrated skill', '#term-calibrated-skill'],
      ['skill', '#term-skill'],
      ['hit@5', '#term-hit-k'],
      ['mean-vector', '#term-mean-vector'],
    ]);
    expect(linked.replaceAll(/<a class="term"[^>]*>([^<]*)<\/a>/g, '$1')).toBe(
      '<h2>skill</h2><p>Calibrated skill is no <b>skillful</b> thing.</p><table><thead><tr><th>skill</th></tr></thead></table>' +
        '<p>skill, <a href="x">rank</a>, hit@50, hit@5 and hit@1; mean-vector</p>',
    );
  });
});

describe('the script', () => {
  const open = (html: string) => {
    const { document, window } = parseHTML(html);
    const listeners: Record<string, (event?: object) => void> = {};
    runInNewContext(PAGE_SCRIPT, {
      document,
      location: { hash: '' },
      addEventListener: (name: string, listener: (event?: object) => void) => {
        listeners[name] = listener;
      },
    });
    const click = (element: Element) => element.dispatchEvent(new window.Event('click'));
    return { document, listeners, click };
  };

  test('sorts a table by any column, upwards and downwards, with what is missing last', () => {
    const cells = ['−5.0 %', '+12.5 %', 'n/a', '−31.0 %', '1,234', '< 0.001'];
    const { document, click } =
      open(`<body><table class="sortable"><thead><tr><th>name</th><th aria-sort="descending">value</th></tr></thead>
<tbody>${cells.map((cell, i) => `<tr><td>${'fadbec'[i]}</td><td>${cell}</td></tr>`).join('')}</tbody></table></body>`);
    const heads = Array.from(document.querySelectorAll('th'));
    const column = (c: number) =>
      Array.from(document.querySelectorAll('tbody tr'), (row) => row.children[c].textContent);
    const button = (c: number) => heads[c].querySelector('button')!;
    expect(button(1).textContent).toBe('value');
    click(button(1));
    expect(column(1)).toEqual(['−31.0 %', '−5.0 %', '< 0.001', '+12.5 %', '1,234', 'n/a']);
    expect(heads.map((head) => head.getAttribute('aria-sort'))).toEqual([null, 'ascending']);
    click(button(1));
    expect(column(1)).toEqual(['1,234', '+12.5 %', '< 0.001', '−5.0 %', '−31.0 %', 'n/a']);
    click(button(0));
    expect(column(0)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(heads.map((head) => head.getAttribute('aria-sort'))).toEqual(['ascending', null]);
  });

  test('opens all sections for print, and closes them again', () => {
    const { document, listeners } = open(pages.run);
    const state = () => Array.from(document.querySelectorAll('details'), (one) => one.hasAttribute('open'));
    const before = state();
    expect(before).toContain(false);
    listeners.beforeprint();
    expect(state()).not.toContain(false);
    listeners.afterprint();
    expect(state()).toEqual(before);
  });
});

describe('the script, over a figure', () => {
  test('shows what is pointed at, beside the pointer and within the window', () => {
    const { document } = parseHTML(
      '<body><figure><svg><g><circle r="3"><title>bus: 0.52</title></circle></g></svg></figure></body>',
    );
    const listeners: Record<string, (event: object) => void> = {};
    runInNewContext(PAGE_SCRIPT, {
      document,
      location: { hash: '' },
      addEventListener: (name: string, listener: (event: object) => void) => {
        listeners[name] = listener;
      },
    });
    const tip = document.getElementById('tip')!;
    Object.defineProperty(tip, 'offsetWidth', { value: 100 });
    Object.defineProperty(document.documentElement, 'clientWidth', { value: 400 });
    const circle = document.querySelector('circle')!;
    expect(circle.getAttribute('aria-label')).toBe('bus: 0.52');
    const at = (clientX: number) => {
      listeners.pointermove({ target: circle, clientX, clientY: 60 });
      return [tip.textContent, tip.style.left, tip.style.top, tip.hidden];
    };
    expect(at(50)).toEqual(['bus: 0.52', '62px', '74px', false]);
    expect(at(395)).toEqual(['bus: 0.52', '292px', '74px', false]);
    listeners.pointermove({ target: document.body, clientX: 1, clientY: 1 });
    expect(tip.hidden).toBe(true);
  });
});

describe('held-out images', () => {
  test('are embedded with their words, marked by symbol and text', async () => {
    const png = await encodePng(new Uint8Array(120 * 120 * 3).fill(90), 120);
    const word = (label: string, mark: 'right' | 'near' | 'wrong') => ({
      label,
      mark,
      class: 0,
      score: 0.5,
      heldOut: true,
    });
    const answer = (rank: number, candidates: number) => ({
      ...{ rank, candidates, chance: (candidates + 1) / 2 },
      words: [
        word('oak_tree', 'near'),
        word('<b>', 'wrong'),
        word('maple_tree', 'right'),
        word('bus', 'wrong'),
      ],
    });
    const image = {
      ...{ fold: 'rotation-0', id: 3, class: 2, label: 'maple_tree', superclass: 'trees', png, size: 120 },
      ...{ amongAll: answer(7.5, 100), amongHeldOut: answer(3, 20) },
    };
    const html = await imageCards({
      images: Array.from({ length: 14 }, () => image),
      rule: 'Not selected by hand.',
    });
    const cards = elements(html, 'li.card');
    expect(cards.length).toBe(14);
    expect(elements(html, 'details li.card').length).toBe(7);
    expect(Array.from(cards[0].querySelectorAll('li'), (li) => li.textContent)).toEqual([
      '≈ oak tree (another word of its superclass)',
      '✗ <b> (a wrong word)',
      '✓ maple tree (the right word)',
    ]);
    expect(spaces(cards[0].querySelector('small')!.textContent)).toBe('place 3 of 20place 7.5 of 100');
    const source = cards[0].querySelector('img')!.getAttribute('src')!;
    expect(source).toMatch(/^data:image\/png;base64,/);
    // Large images are embedded in the size that they are shown in.
    expect(Buffer.from(source.split(',')[1], 'base64').readUInt32BE(16)).toBe(96);
    expect(html).toContain('Not selected by hand.');
  });

  test('that cannot be shown are explained', async () => {
    expect(await imageCards({ reason: 'no data set "x"', hint: 'give it with --data-dir' })).toBe(
      '<p class="note">No images are shown: no data set &quot;x&quot;. Give it with --data-dir.</p>',
    );
    expect(pages.run).toContain('No images are shown: ');
  });
});

describe('the first sentence', () => {
  const withHits = (value: number, p: number): Summary => {
    const { heldOutHit1 } = summary.headline;
    const permutationNull = { ...heldOutHit1.permutationNull!, p };
    return {
      ...summary,
      headline: { ...summary.headline, heldOutHit1: { ...heldOutHit1, value, permutationNull } },
    };
  };
  test('names the share and chance, and doubts what may be chance', () => {
    const start = 'Shown images of 20 classes that it had never seen, the network named';
    expect(plainSentence(withHits(0.294, 0.0005))).toBe(
      `${start} 29 % right among them; guessing gives 5 %.`,
    );
    expect(plainSentence(withHits(0.06, 0.2))).toBe(
      `${start} 6 % right among them; guessing gives 5 %, and the difference may be accidental.`,
    );
    expect(plainSentence(withHits(0.041, 0.8))).toBe(
      `${start} 4 % right among them; guessing gives 5 %, so it has not learned to name them.`,
    );
  });
  test('gives the place among all words where classes are held out one by one', () => {
    const { heldOutHit1, rank } = summary.headline;
    const headline = {
      ...summary.headline,
      heldOutHit1: { ...heldOutHit1, value: null },
      rank: { ...rank, value: 24.13, chance: 50.5, permutationNull: null },
    };
    expect(plainSentence({ ...summary, headline, run: { ...summary.run, control: 'permuted' } })).toBe(
      'Shown images of a class that it had never seen, a network trained for the control "permuted" put the right word in place 24.1 of 100 on average; guessing gives place 50.5.',
    );
  });
  test('the page over seeds shows the held-out images of one seed, or why there are none', () => {
    const notes = elements(pages.seeds, 'main > p').map(({ textContent }) => textContent);
    const at = notes.indexOf('The images show the network of seed 0.');
    expect(at).toBeGreaterThan(0);
    expect(notes[at + 1]).toMatch(/^No images are shown: /);
  });

  test('of several seeds is about all of them', () => {
    const sentence = elements(pages.seeds, 'p.plain')[0].textContent;
    expect(spaces(sentence)).toMatch(
      /^Shown images of 20 classes that they had never seen, the networks of 2 seeds named \d+ % right among them; guessing gives 5 %/,
    );
  });
});
