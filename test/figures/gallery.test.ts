/**
 * Every figure of the report, drawn from generated runs and compared with the SVG in gallery/. A change to a figure shows in the
 * diff of its file: look at it, then `npm run gallery` writes all of them anew.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import { parseHTML } from 'linkedom';
import { afterAll, describe, expect, it } from 'vitest';
import { classChart } from '../../src/figures/class-chart.js';
import { confusionFigure } from '../../src/figures/confusion-chart.js';
import { contactSheet } from '../../src/figures/contact-sheet.js';
import { figure1 } from '../../src/figures/figure-1.js';
import { figure2 } from '../../src/figures/figure-2.js';
import { figure3 } from '../../src/figures/figure-3.js';
import { rankScale } from '../../src/figures/rank-scale.js';
import { relativesFigure } from '../../src/figures/relatives-chart.js';
import { seedsFigure } from '../../src/figures/seed-chart.js';
import { seenUnseenFigure } from '../../src/figures/seen-unseen-chart.js';
import { startVarianceFigure } from '../../src/figures/start-variance-chart.js';
import { wordMapFigure } from '../../src/figures/word-map-chart.js';
import { writeSeedsReport } from '../../src/report/index.js';
import { type SuperclassConfusion, superclassConfusion } from '../../src/statistics/confusion.js';
import { classCurves } from '../../src/statistics/curves.js';
import { loadRun, type RunData, summarise } from '../../src/statistics/index.js';
import { type WordMap, wordMap } from '../../src/statistics/word-map.js';
import { COLOURS, FIGURE_FONT } from '../../src/util/figure-style.js';
import { type FakeRunOptions, fakeRun, rotations } from '../statistics/support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-gallery-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Five classes of each kind: short names and long ones, of one word and of two. */
const KINDS: Record<string, readonly string[]> = {
  fish: ['trout', 'shark', 'ray', 'flatfish', 'aquarium_fish'],
  fruit: ['apple', 'pear', 'orange', 'mushroom', 'sweet_pepper'],
  people: ['baby', 'boy', 'girl', 'man', 'woman'],
  trees: ['oak_tree', 'maple_tree', 'palm_tree', 'pine_tree', 'willow_tree'],
  vehicles: ['bus', 'train', 'tank', 'bicycle', 'lawn_mower'],
};
const labels = {
  classes: Object.values(KINDS).flat(),
  superclasses: Object.keys(KINDS),
  superclassOf: Object.values(KINDS).flatMap((names, s) => names.map(() => s)),
};
const byRotation = rotations(labels.superclassOf);

function made(name: string, options: Partial<FakeRunOptions> & Pick<FakeRunOptions, 'groups' | 'protocol'>) {
  const dir = join(root, name);
  const run = fakeRun(dir, { ...labels, images: 12, epochs: 12, ...options });
  const data = loadRun(dir);
  const summary = summarise(data, { permutations: 100, resamples: 200 });
  return { run, data, summary, curves: classCurves(data) };
}

const many = made('rotations', { groups: byRotation, protocol: 'one-per-superclass', seenImages: 4 });
const few = made('few', { groups: [[14], [20], [24]], protocol: 'loo', epochs: 8 });
const one = made('one', { groups: [[14]], protocol: 'loo', epochs: 1 });
for (const seed of [0, 1, 2])
  fakeRun(join(root, 'seeds', `seed-${seed}`), {
    ...labels,
    ...{ groups: byRotation, protocol: 'one-per-superclass', images: 6, epochs: 2, seed },
  });
const { seeds } = await writeSeedsReport(join(root, 'seeds'), { permutations: 20, resamples: 50 });

const picture = (name: string) => readFileSync(new URL(`images/${name}.png`, import.meta.url));

const sheet = contactSheet({
  title: 'Shapes that the network had never seen',
  captions: [
    'The nearest of all 60 words. A caption that is longer than the sheet is wide goes on in the next line, whatever the words are.',
  ],
  legend: { near: 'the right shape in another colour' },
  tiles: [
    {
      image: picture('orange_ring'),
      title: 'orange ring',
      words: [
        { text: 'orange ring', mark: 'right', unseen: true },
        { text: 'yellow ring', mark: 'near' },
        { text: 'orange circle', mark: 'wrong' },
      ],
    },
    {
      image: picture('pink_triangle'),
      title: 'pink triangle',
      words: [
        { text: 'white triangle', mark: 'near', unseen: true },
        { text: 'pink triangle', mark: 'right', unseen: true },
        { text: 'white crescent', mark: 'wrong', unseen: true },
      ],
    },
    {
      image: picture('checkered_diamond'),
      title: 'a label that is much longer than the widest tile, such as a whole sentence',
      words: [
        { text: 'another long word that does not fit beside its star', mark: 'wrong', unseen: true },
        { text: '长长的标签', mark: 'wrong' },
        { text: '<b>"odd" & even', mark: 'wrong' },
      ],
      note: 'true word: rank 12 of 60',
    },
    { image: picture('purple_star'), title: 'purple star', words: [{ text: 'star', mark: 'near' }] },
  ],
});

const answers = contactSheet({
  title: '2 images',
  captions: [],
  tiles: [
    {
      image: picture('purple_star'),
      title: 'IMG_20240712_183015_with_a_long_name.jpg',
      words: [
        { text: 'star', value: '0.91' },
        { text: 'checkered diamond in a long label', value: '−0.12' },
      ],
    },
    {
      image: picture('purple_star'),
      title: 'horse.jpg',
      words: [{ text: 'chair', value: '0.87', unseen: true }],
      unsure: true,
    },
  ],
});

const map = (data: RunData) => wordMap(data) as WordMap;

/** A file of the gallery, what it shows, and the figure. */
const GALLERY: readonly (readonly [name: string, shows: string, svg: string | null])[] = [
  ['rank-scale', 'Mean place of the true word beside guessing.', rankScale(many.summary)],
  ['rank-scale-one', 'The same for single held-out classes.', rankScale(few.summary)],
  ['figure-1', 'The network that a run trained.', figure1(many.run, 12)],
  [
    'figure-2',
    'Held-out loss against epoch: median, quartiles, and the classes that end at the quartiles.',
    figure2(many.summary, many.curves),
  ],
  [
    'figure-2-relative',
    'The same relative to the untrained network.',
    figure2(many.summary, many.curves, 'relative'),
  ],
  ['figure-2-few', 'With fewer than four classes each has its own curve.', figure2(few.summary, few.curves)],
  ['figure-2-one', 'One class, trained for one epoch.', figure2(one.summary, one.curves, 'relative')],
  ['figure-3', 'Histogram of the relative change of loss.', figure3(many.summary)],
  ['figure-3-one', 'The histogram of a single class.', figure3(one.summary)],
  ['classes', 'Each held-out class: change of loss, and centred cosine.', classChart(many.summary)],
  [
    'seen-unseen',
    'Accuracy on seen against unseen classes.',
    seenUnseenFigure(many.summary.zeroShot.generalised!),
  ],
  [
    'start',
    'What the variance of the untrained output gives without any training.',
    startVarianceFigure(many.summary.start, many.summary.meanVectorChange.initial),
  ],
  [
    'why-cosine',
    'Direction of the outputs against the nearest seen word.',
    relativesFigure(many.summary.why, 'centredCosine'),
  ],
  ['why-gain', 'Gain of loss against the nearest seen word.', relativesFigure(many.summary.why, 'gain')],
  ['why-few', 'The same with three classes.', relativesFigure(few.summary.why, 'gain')],
  ['word-map', 'Words, and the mean outputs for held-out classes.', wordMapFigure(map(many.data))],
  ['word-map-few', 'The same with three classes held out.', wordMapFigure(map(few.data))],
  [
    'confusion',
    'Superclasses that held-out images are taken for.',
    confusionFigure(superclassConfusion(many.data) as SuperclassConfusion),
  ],
  ['seeds', 'Each seed in a row, each split a dot.', seedsFigure(seeds)],
  ['contact-sheet', 'Held-out images with the nearest words: right, near, wrong, never seen.', sheet],
  [
    'contact-sheet-answers',
    'Images whose true word is unknown, with cosines; one is unlike the training images.',
    answers,
  ],
];

const FOLDER = fileURLToPath(new URL('gallery/', import.meta.url));

describe('the gallery', () => {
  it.each(GALLERY)('%s: %s', async (name, _shows, svg) => {
    await expect(svg).toMatchFileSnapshot(`gallery/${name}.svg`);
    expect(outside(svg!)).toEqual([]);
    expect(() => new Resvg(svg!)).not.toThrow();
  });

  it.each(GALLERY)(
    '%s names its lines as they are drawn, in the common font and colours',
    (_name, _, svg) => {
      const { document } = parseHTML(svg!);
      const texts = Array.from(document.querySelectorAll('text')).map((text) => text.textContent);
      const dashes = Array.from(document.querySelectorAll('[stroke-dasharray]')).map((mark) =>
        mark.getAttribute('stroke-dasharray')!.split(',').map(Number),
      );
      for (const [word, has] of [
        [/\bdashed\b/i, dashes.some(([on]) => on >= 5)],
        [/\bdotted\b/i, dashes.some(([on]) => on <= 2)],
      ] as const)
        if (texts.some((text) => word.test(text!))) expect(has, String(word)).toBe(true);
      const fonts = new Set([...svg!.matchAll(/font-family="([^"]+)"/g)].map(([, font]) => font));
      expect([...fonts]).toEqual([FIGURE_FONT]);
      const colours = [...svg!.matchAll(/(?:fill|stroke|color)="(?!none|currentColor)([^"]+)"/g)];
      expect(Object.values(COLOURS)).toEqual(expect.arrayContaining(colours.map(([, colour]) => colour)));
    },
  );

  it('has a page that shows each figure', async () => {
    const page = [
      '# The figures of the report',
      '',
      'Drawn from generated runs by [gallery.test.ts](../gallery.test.ts), which compares each file with what the code draws. After a change',
      'of a figure, `npm run gallery` rewrites the files. Look at them before you commit.',
      ...GALLERY.flatMap(([name, shows]) => ['', `## ${name}`, '', shows, '', `![${name}](${name}.svg)`]),
      '',
    ];
    await expect(page.join('\n')).toMatchFileSnapshot('gallery/README.md');
  });

  it('has no file of a figure that is gone', () => {
    const known = ['README.md', ...GALLERY.map(([name]) => `${name}.svg`)];
    expect(readdirSync(FOLDER).filter((file) => !known.includes(file))).toEqual([]);
  });
});

/** Lines and areas that leave their panel. */
function outside(svg: string): string[] {
  const { document } = parseHTML(svg);
  return Array.from(document.querySelectorAll('[aria-label=line] path, [aria-label=area] path')).flatMap(
    (path) => {
      const panel = path.closest('svg')!;
      const [width, height] = ['width', 'height'].map((name) => Number(panel.getAttribute(name)));
      const points = [...path.getAttribute('d')!.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)];
      const out = points.filter(([, x, y]) => !(+x >= 0 && +x <= width && +y >= 0 && +y <= height));
      return out.map(([point]) => `${path.parentElement!.getAttribute('aria-label')}: ${point}`);
    },
  );
}
