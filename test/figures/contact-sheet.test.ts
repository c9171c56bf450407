/** Layout of contact sheets: everything inside its tile, and measured text as wide as it is drawn. */
import { readFileSync } from 'node:fs';
import { Resvg } from '@resvg/resvg-js';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { contactSheet, type SheetTile } from '../../src/figures/contact-sheet.js';
import { fontOptions } from '../../src/figures/fonts.js';
import { svgToPng } from '../../src/figures/png.js';
import { fitted, textWidth, wrapped } from '../../src/figures/text-width.js';
import { deriveKey, Random } from '../../src/util/random.js';

const image = readFileSync(new URL('images/pink_triangle.png', import.meta.url));
const MARKS = ['right', 'near', 'wrong', undefined] as const;

/** Tiles with words of 1 to 40 letters. */
function tilesOf(seed: number, count: number): SheetTile[] {
  const random = new Random(deriveKey(seed, 'sheet'));
  const text = () =>
    'Wide mixed letters il and more of them, up to forty'.slice(0, 1 + random.below(40)).trim();
  return Array.from({ length: count }, () => ({
    image,
    title: text(),
    words: Array.from({ length: 1 + random.below(5) }, () => ({
      text: text(),
      mark: MARKS[random.below(4)],
      unseen: random.below(2) === 0,
      ...(random.below(2) === 0 && { value: '−0.25' }),
    })),
    ...(random.below(2) === 0 && { note: 'true word: rank 12 of 60' }),
    unsure: random.below(3) === 0,
  }));
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const overlap = (a: Box, b: Box) =>
  a.left < b.right - 0.01 && b.left < a.right - 0.01 && a.top < b.bottom && b.top < a.bottom;

describe('contact sheet', () => {
  test.each([1, 2, 3, 7, 24, 60])('%i tiles: no text overlaps another, an image or the edge', (count) => {
    const svg = contactSheet({
      title: 'A title that is so long that it has to be broken into two lines on a narrow sheet, as all text',
      captions: [
        'One caption.',
        'Another one that is longer than the sheet is wide, and so goes on below, in more lines.',
      ],
      tiles: tilesOf(count, count),
    });
    const { document } = parseHTML(svg);
    const root = document.querySelector('svg')!;
    const [width, height] = ['width', 'height'].map((name) => Number(root.getAttribute(name)));
    const boxes: Box[] = Array.from(document.querySelectorAll('text, image'), (element) => {
      const of = (name: string) => Number(element.getAttribute(name));
      if (element.tagName.toLowerCase() === 'image')
        return { left: of('x'), right: of('x') + of('width'), top: of('y'), bottom: of('y') + of('height') };
      const size = of('font-size');
      const bold = element.getAttribute('font-weight') === 'bold';
      const wide = textWidth(element.textContent!, { size, bold });
      const end = element.getAttribute('text-anchor') === 'end';
      const left = end ? of('x') - wide : of('x');
      return { left, right: left + wide, top: of('y') - 0.75 * size, bottom: of('y') + 0.2 * size };
    });
    for (const [i, box] of boxes.entries()) {
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.right).toBeLessThanOrEqual(width);
      expect(box.bottom).toBeLessThanOrEqual(height);
      for (const other of boxes.slice(i + 1)) expect(overlap(box, other)).toBe(false);
    }
    expect(document.querySelectorAll('image')).toHaveLength(count);
    expect(svgToPng(svg, 1).subarray(1, 4).toString()).toBe('PNG');
  });

  test('explains only the marks that occur', () => {
    const svg = contactSheet({
      title: 'One',
      captions: [],
      legend: { near: 'nearly' },
      tiles: [{ image, title: 'a', words: [{ text: 'b', mark: 'near' }] }],
    });
    expect(svg).toContain('>nearly<');
    expect(svg).not.toContain('a wrong word');
    expect(svg).not.toContain('without any image');
    expect(svg).not.toContain('not sure');
    expect(svg).not.toContain('unlike anything');
  });
});

describe('widths of text', () => {
  test('are those of the drawn text', () => {
    const size = 40;
    for (const text of ['orange ring', 'W', 'iiiiiii', 'Größe', 'x — y']) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="80"><text y="60" font-size="${size}">${text}</text></svg>`;
      const { pixels, width } = new Resvg(svg, {
        background: 'white',
        font: fontOptions('own'),
      }).render();
      let last = 0;
      for (let i = 0; i < pixels.length; i += 4) if (pixels[i] < 128) last = Math.max(last, (i / 4) % width);
      const wide = textWidth(text, { size });
      expect(wide).toBeGreaterThan(last - 1);
      expect(wide).toBeLessThan(last + size / 6);
    }
  });

  test('fitted text fits, keeps what fits, and is cut with an ellipsis', () => {
    const style = { size: 12 };
    expect(fitted('short', 200, style)).toBe('short');
    for (const width of [20, 50, 90]) {
      const cut = fitted('a rather long text that does not fit', width, style);
      expect(cut).toMatch(/^a.*…$/);
      expect(textWidth(cut, style)).toBeLessThanOrEqual(width);
    }
  });

  test('wrapped text keeps its words, in lines that fit', () => {
    const text = 'a caption of several words, of which some are long and others are not';
    const lines = wrapped(text, 100, { size: 12 });
    expect(lines.join(' ')).toBe(text);
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(textWidth(line, { size: 12 })).toBeLessThanOrEqual(100);
  });
});
