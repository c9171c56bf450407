/** The report of several seeds: a report per run, and a page, a table and a figure over all of them. */
import { join, relative } from 'node:path';
import { seedRuns } from '../crossval/runs.js';
import { svgToPng } from '../figures/png.js';
import { seedsFigure } from '../figures/seed-chart.js';
import { writeFileAtomic } from '../formats/index.js';
import { overSeeds } from '../statistics/evidence/over-seeds.js';
import { loadRun, type RunData } from '../statistics/load.js';
import { isInformative } from '../statistics/measures.js';
import {
  type SeedMeasure,
  type SeedsFile,
  type SeedsSummary,
  type Spread,
  summariseSeeds,
} from '../statistics/seed-spread.js';
import type { Summary } from '../statistics/summary.js';
import { epochsText } from '../train/index.js';
import { csvText } from '../util/csv.js';
import { LexelError } from '../util/errors.js';
import { counted, percent } from '../util/format.js';
import { type Look, PLAIN } from '../util/look.js';
import { alignColumns, headingStyle } from '../util/text-table.js';
import { escapeXml as text } from '../util/xml.js';
import { overSeedsSection } from './evidence-sections.js';
import { glossarySection } from './glossary-section.js';
import { figure, groupRow, page, table } from './parts.js';
import { seedsSentence } from './plain-sentence.js';
import { protocolInWords } from './poster.js';
import { type Chapter, chaptersHtml, contents } from './sections.js';
import { SHOW, SHOW_SPREAD } from './units.js';
import { type ReportOptions, reportRun, warnOfMissing } from './write-report.js';

/**
 * Reports every run that `--seeds` wrote below `dir`, each in its own directory (or in `out`/seed-<n>). Over
 * all runs it writes report.html, seeds.csv, seeds.json and the figure seeds as SVG and PNG, in `dir`/report
 * (or `out`).
 * @returns the paths written, the page over all seeds first, and the numbers. A seed without a finished fold
 * is left out and named.
 * @throws LexelError if there is no seed, if no seed has a finished fold, or if the seeds are not the same
 * experiment
 */
export async function writeSeedsReport(
  dir: string,
  options: ReportOptions = {},
): Promise<{ files: string[]; seeds: SeedsFile }> {
  const names = seedRuns(dir);
  if (names.length === 0) {
    throw new LexelError(
      `${dir} holds no seed-<n> with a run`,
      'lexel loo --seeds 0-4 --out DIR writes them.',
      { code: 'LEXEL_NOT_FOUND' },
    );
  }
  const runs: SeedRun[] = [];
  const own: string[] = [];
  const missing = new Set<string>();
  const notes: string[] = [];
  const problems: LexelError[] = [];
  for (const name of names) {
    try {
      const out = options.out ? join(options.out, name) : join(dir, name, 'report');
      const data = loadRun(join(dir, name), options.reading);
      const { files, summary, images, ...reported } = await reportRun(data, { ...options, out });
      runs.push({ dir: name, data, summary, images, page: files[0] });
      own.push(...files);
      for (const character of reported.missing) missing.add(character);
    } catch (error) {
      // Damaged files and wrong options are errors, but a run without finished folds is only skipped.
      if (!(error instanceof LexelError) || error.constructor !== LexelError) throw error;
      problems.push(error);
      notes.push(`${name} is left out: ${error.message}.`);
    }
  }
  if (runs.length === 0) throw problems[0];
  const intervals =
    runs.length > 1
      ? overSeeds(
          runs.map(({ data }) => data),
          options.resamples,
        )
      : null;
  const seeds = { ...summariseSeeds(runs, notes), intervals };
  const out = options.out ?? join(dir, 'report');
  const drawing = seedsFigure(seeds);
  const contents: [string, string | Uint8Array][] = [
    ['report.html', seedsHtml(seeds, drawing, runs, out)],
    ['seeds.csv', seedsCsv(seeds)],
    ['seeds.json', `${JSON.stringify(seeds, null, 2)}\n`],
    ['seeds.svg', drawing],
    ['seeds.png', svgToPng(drawing)],
  ];
  const files = contents.map(([name, content]) => {
    const file = join(out, name);
    writeFileAtomic(file, [content]);
    return file;
  });
  const folders = options.out ? join(options.out, 'seed-*') : join(dir, 'seed-*', 'report');
  warnOfMissing(folders, missing, options);
  return { files: [...files, ...own], seeds };
}

/** Mean, standard deviation and range over seeds and over splits, formatted. */
function spreadCells(measure: SeedMeasure): string[] {
  const show = SHOW[measure.unit];
  const range = ({ min, max }: Spread) => `${show(min)} to ${show(max)}`;
  const sd = (spread: Spread) => SHOW_SPREAD[measure.unit](spread.sd);
  return [
    show(measure.seeds.mean),
    sd(measure.seeds),
    range(measure.seeds),
    sd(measure.splits),
    range(measure.splits),
    measure.unit === 'share' && measure.chance! > 0 && measure.chance! < 0.001
      ? percent(measure.chance, 3)
      : show(measure.chance),
  ];
}

/** A run that has been reported. */
interface SeedRun {
  readonly dir: string;
  readonly data: RunData;
  readonly summary: Summary;
  /** Its held-out images, HTML. */
  readonly images: string;
  /** The file of its page. */
  readonly page: string;
}

/** @param out the folder of the page, from which it links to the pages of the seeds */
function seedsHtml(seeds: SeedsFile, drawing: string, reported: readonly SeedRun[], out: string): string {
  const { run, runs, measures, notes, intervals } = seeds;
  const [{ summary, images }] = reported;
  const links = reported.map((one) => relative(out, one.page).split('\\').join('/'));
  const title = `${run.config.net} on ${run.dataset.name}: ${protocolInWords(run.protocol)}, ${counted(runs.length, 'seed')}`;
  let group = '';
  const rows = measures.filter(isShown).flatMap((measure) => {
    const heading = measure.group === group ? [] : [groupRow(text(measure.group), 7)];
    group = measure.group;
    const [own, ...rest] = spreadCells(measure);
    return [
      ...heading,
      `<tr><td>${measure.what}</td><td class="own">${own}</td>${rest.map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
    ];
  });
  const splits = measures[0]?.splits.count ?? 0;
  const each = runs.map(
    ({ seed, folds, heldOut }, i) =>
      `<tr><td><a href="${text(links[i])}">seed ${seed}</a></td><td>${folds.finished} of ${folds.total}</td><td>${heldOut}</td>${keyValues(measures, i)}</tr>`,
  );
  const plain = seedsSentence(seeds);
  const chapters: Chapter[] = [
    {
      id: 'result',
      title: 'The result',
      sections: [
        {
          ...{ id: 'spread', title: 'Mean and spread', open: true },
          plain:
            'How far the result differs from one seed to the next, and from one choice of held-out classes to the next.',
          content: `${table(
            [
              '',
              'mean<br><small>over seeds</small>',
              'sd<br><small>over seeds</small>',
              'range<br><small>over seeds</small>',
              `sd<br><small>over ${splits} splits</small>`,
              'range<br><small>over splits</small>',
              'no transfer<br><small>chance, or mean vector</small>',
            ],
            rows,
          )}
<p>A seed's value is the mean over all its held-out classes, a split's over its own (median for the relative change). The standard deviation over seeds is that of
one whole experiment, not of the mean. All seeds share one data set and its test images, so their spread does not show what other classes or images would give.
Permutation nulls are in each seed's report.</p>`,
        },
        {
          ...{ id: 'figure', title: 'What the seed and the split change', open: true },
          plain: 'Every split of every seed as a dot: the wider they scatter, the less one run says.',
          content: figure(drawing, 'seeds'),
        },
        {
          ...{ id: 'each', title: 'Every seed', open: true },
          plain: 'The numbers of each seed by itself.',
          content: `${table(['', 'folds', 'held-out<br>classes', ...keyHeadings(measures)], each)}
<p>Every value of every split, unrounded, is in <code>seeds.csv</code>.</p>`,
        },
        ...(intervals
          ? [
              {
                id: 'intervals',
                title: `Intervals over ${intervals.units.by === 'class' ? 'classes' : 'superclasses'} and seeds`,
                plain: 'How certain the mean over the seeds is.',
                content: overSeedsSection(intervals, summary.headline),
              },
            ]
          : []),
      ],
    },
    { id: 'reference', title: 'Reference', sections: [glossarySection()] },
  ];
  return page(
    title,
    `<header><h1>${text(title)}</h1>
<p class="lead">${counted(splits, 'split')} over ${counted(runs.length, 'seed')}, ${epochsText(run.config)}, word vectors ${text(run.words.source)} (${run.words.dimension} dimensions),
recipe ${text(run.recipe)}.</p></header>
<main>
${plain ? `<p class="plain">${text(plain)}</p>` : ''}
${images && `<p>The images show the network of seed ${runs[0].seed}.</p>\n${images}`}
<p>Held-out images, the map of words and the tests are on the page of each seed: ${runs.map(({ seed }, i) => `<a href="${text(links[i])}">seed ${seed}</a>`).join(', ')}.</p>
${notes.map((note) => `<p class="note">${text(note)}</p>`).join('\n')}
${contents(chapters)}
${chaptersHtml(chapters)}
</main>`,
  );
}

/** Leaves out measures that are certain. Those that are n/a for a seed are not in the summary. */
const isShown = ({ unit, chance }: SeedMeasure) => isInformative(unit, chance);

/** Rank and hits: the measures in the row of each seed. */
const inLine = (measures: readonly SeedMeasure[]) =>
  measures.filter(
    (measure) => measure.group.startsWith('true word') && measure.what !== 'hit@10' && isShown(measure),
  );
const keyHeadings = (measures: readonly SeedMeasure[]) =>
  inLine(measures).map(
    ({ group, what }) => `${what}<br><small>${text(group.replace('true word ', ''))}</small>`,
  );
const keyValues = (measures: readonly SeedMeasure[], run: number) =>
  inLine(measures)
    .map((measure) => `<td>${SHOW[measure.unit](measure.values[run].value)}</td>`)
    .join('');

/** One line per measure and split, and one for each seed's own value (with an empty split). */
function seedsCsv({ runs, measures }: SeedsSummary): string {
  const rows = measures.flatMap(({ group, what, values }) =>
    values.flatMap(({ value, splits }, i) => [
      [group, what, runs[i].seed, null, value],
      ...splits.map((own, split) => [group, what, runs[i].seed, split, own]),
    ]),
  );
  return csvText([['candidates', 'measure', 'seed', 'split', 'value'], ...rows]);
}

/** The text for the terminal. */
export function seedsText(seeds: SeedsSummary, look: Look = PLAIN): string {
  const { run, runs, measures, notes } = seeds;
  const rows = [['', 'mean', 'sd', 'range over seeds', 'sd', 'range over splits', 'no transfer']];
  let group = '';
  for (const measure of measures) {
    if (!isShown(measure)) continue;
    if (measure.group !== group) rows.push([measure.group]);
    group = measure.group;
    rows.push([`  ${measure.what}`, ...spreadCells(measure)]);
  }
  return [
    `${run.config.net} on ${run.dataset.name} with ${run.words.source}, ${protocolInWords(run.protocol)}, ` +
      `${epochsText(run.config)}: seeds ${runs.map(({ seed }) => seed).join(', ')}`,
    '',
    ...alignColumns(rows, { look, drop: [5, 4, 3], style: headingStyle(rows) }),
    ...notes.flatMap((note) => ['', `note: ${note}`]),
  ].join('\n');
}
