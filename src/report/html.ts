/**
 * The report page: a single HTML file without scripts or external resources, so it can be mailed and
 * archived. The headline comes first, each number with its value without transfer; the poster's measure
 * follows with its control.
 */

import type { Summary } from '../statistics/summary.js';
import { change, counted, duration, fixed, percent, words } from '../util/format.js';
import { escapeXml as text } from '../util/xml.js';
import { answerParagraph, startSection, testsSection, untrainedSection } from './evidence-sections.js';
import { comparedWithNames, type HeadlineRow, headlineRows, lossRows } from './headline.js';
import { figure, page, table } from './parts.js';
import { posterTable, protocolInWords } from './poster.js';
import { whySection } from './why-section.js';
import { zeroShotSection } from './zero-shot-section.js';

/** The figures' SVG text. */
export interface ReportFigures {
  /** null if this version does not know the network. */
  readonly figure1: string | null;
  readonly figure2: string;
  readonly figure2Relative: string;
  readonly figure3: string;
  readonly classes: string;
  /** null if no fold has kept its seen images. */
  readonly seenUnseen: string | null;
  readonly start: string;
  readonly whyGain: string;
  readonly whyCosine: string;
}

/** The whole page. */
export function reportHtml(summary: Summary, figures: ReportFigures): string {
  const { run, folds, change: own } = summary;
  const title = `${run.config.net} on ${run.dataset.name}: ${protocolInWords(run.protocol)}`;
  return page(
    title,
    `<p class="lead">${folds.finished} of ${counted(folds.total, 'fold')}, ${counted(own.initial.count, 'held-out class', 'held-out classes')}, ${counted(run.config.epochs, 'epoch')}, word vectors
${text(run.words.source)} (${run.words.dimension} dimensions), recipe ${text(run.recipe)}, ${run.control ? `<b>control ${text(run.control)}</b>, ` : ''}seed ${run.seed}.</p>
${summary.notes.map((note) => `<p class="note">${text(note)}</p>`).join('\n')}
${headlineSection(summary)}
${lossSection(summary)}
${posterSection(summary)}
${testsSection(summary)}
${untrainedSection(summary)}
${startSection(figures.start)}
${figures.figure1 ? `<h2>Figure 1: the network</h2>\n${figure(figures.figure1)}` : ''}
<h2>Figure 2: held-out loss against epoch</h2>
${figure(figures.figure2)}
${figure(figures.figure2Relative)}
<h2>Figure 3: relative change of the held-out classes</h2>
${figure(figures.figure3)}
${whySection(summary, { gain: figures.whyGain, cosine: figures.whyCosine })}
<h2>Every held-out class</h2>
${classTable(summary)}
${figure(figures.classes)}
${zeroShotSection(summary, figures.seenUnseen)}
${definitions(summary)}
${provenanceSection(summary)}`,
  );
}

function headlineTable(
  rows: readonly HeadlineRow[],
  headings: readonly string[],
  euclidean: boolean,
): string {
  let group = '';
  const body = rows.map((row) => {
    const heading =
      row.group === group
        ? ''
        : `<tr class="group"><th colspan="${headings.length}">${text(row.group)}</th></tr>\n`;
    group = row.group;
    const second = euclidean ? `<td>${row.euclidean}</td>` : '';
    const comparedWith = row.comparedWith.map((value) => `<td>${value}</td>`).join('');
    return `${heading}<tr><td>${text(row.what)}</td><td class="own">${row.value}</td><td>${row.interval}</td>${comparedWith}${second}<td>${row.chance}</td><td>${row.permutationNull}</td><td>${row.p}</td></tr>`;
  });
  // Columns of compared runs make the table wide; the compact style keeps the nulls visible.
  return table(headings, body, rows[0].comparedWith.length > 0 ? 'compact' : '');
}

function comparedWithHeadings(summary: Summary): string[] {
  return comparedWithNames(summary).map((name) =>
    text(name).replace(/ \((.*)\)$|, (.*)$/, '<br><small>$1$2</small>'),
  );
}

function headlineSection(summary: Summary): string {
  const { headline, permutationNull, seenCentredCosine, alpha } = summary;
  const explained = permutationNull
    ? `The permutation null permutes each fold's held-out words among its classes ${permutationNull.permutations.toLocaleString('en')} times with the outputs
unchanged; 95&nbsp;% of the permutations lie in the interval, and <i>p</i> is the share that does as well as the true pairing.`
    : 'The permutation null is n/a: each fold holds out one class only, so there is nothing to permute.';
  const calibration =
    alpha === null
      ? ''
      : ` Calibration shrinks the outputs towards the mean by α = ${fixed(alpha, 2)} (median over classes).`;
  const constants =
    headline.twoConstantsRank.value === null
      ? ''
      : ' Two constants, one for all seen and one for all unseen labels, tell no unseen label from another: they are the baseline of what is ' +
        'measured among all labels.';
  return `<h2>Does it know words it has never seen an image of?</h2>
${answerParagraph(summary)}
${headlineTable(
  headlineRows(summary),
  [
    '',
    'this run',
    '95 % interval',
    ...comparedWithHeadings(summary),
    'by Euclidean<br>distance',
    'no transfer<br><small>chance, or mean vector</small>',
    'permutation null<br><small>central 95 %</small>',
    '<i>p</i>',
  ],
  true,
)}
<p>Ranks start at 1; smaller is better.${constants} ${explained}${calibration} For comparison, the centred cosine of classes that were trained on is
${fixed(seenCentredCosine, 3)}, of the held-out ones ${fixed(headline.centredCosine.value, 3)}.</p>`;
}

function lossSection(summary: Summary): string {
  const { meanVectorChange, change: own, beatMeanVector } = summary;
  const control = meanVectorChange.initial;
  return `<h2>What the loss alone says, and cannot say</h2>
${headlineTable(
  lossRows(summary),
  [
    '',
    'this run',
    '95 % interval',
    ...comparedWithHeadings(summary),
    'mean vector',
    'permutation null<br><small>central 95 %</small>',
    '<i>p</i>',
  ],
  false,
)}
<p><b>Relative change cannot tell transfer from learning where the words lie on average.</b> Always answering the mean of the seen words,
with no image at all, improves ${control.improved} of ${control.count} held-out classes with a median of ${change(control.median)}; this run improves
${own.initial.improved} with a median of ${change(own.initial.median)}. It also depends on the start: the same final losses give a median of
${change(own.initial.median)} against the untrained network, ${change(own.firstEpoch.median)} against the first epoch and ${change(own.zero.median)} against
answering zero.</p>
<p><b>Skill is harsh.</b> It compares the final loss with the mean vector's, which ${beatMeanVector} of ${own.initial.count} classes beat. A network trained
by squared error is overconfident about what it has not seen, so skill near or below zero is expected even where the direction is right.
Calibrated skill, above, takes the overconfidence out.</p>`;
}

function posterSection(summary: Summary): string {
  // The qualifier of a class's name goes on its own line, which keeps the numbers aligned and the table
  // narrow.
  const cell = (value: string) => text(value).replace(/ \((.*)\)$/, '<br><small>$1</small>');
  const rows = posterTable(summary).map(
    ({ what, poster, run, interval, meanVector }) =>
      `<tr><td>${text(what)}</td><td>${cell(poster)}</td><td class="own">${cell(run.initial)}</td><td class="keep">${text(interval)}</td><td>${cell(meanVector)}</td><td>${cell(run.firstEpoch)}</td><td>${cell(run.zero)}</td></tr>`,
  );
  return `<h2>Poster and this run</h2>
${table(
  [
    '',
    'poster',
    'this run',
    '95 % interval',
    'mean vector<br><small>no image</small>',
    'this run<br><small>from epoch 1</small>',
    'this run<br><small>from zero answer</small>',
  ],
  rows,
  'loose',
)}
<p>The poster does not say which start it compares with. The columns up to the mean vector compare with the untrained network, the last two
with the network after one epoch and with answering zero. A curve counts as flat from the epoch after which its median stays within 5&nbsp;% of
its whole way of the last value; outliers are more than 1.5 interquartile ranges beyond a quartile (Tukey's fences: ${change(summary.outliers.low)} and ${change(summary.outliers.high)}).</p>`;
}

function classTable({ classes, candidates }: Summary): string {
  const hasHeldOut = classes.some((c) => c.heldOut);
  const among = candidates.heldOut ? `of ${candidates.heldOut}` : 'held-out';
  const rows = [...classes]
    .sort((a, b) => a.change.initial - b.change.initial)
    .map((c) => {
      const cells = [
        fixed(c.initialLoss, 3),
        fixed(c.finalLoss, 3),
        fixed(c.meanVectorLoss, 3),
        `<b>${change(c.change.initial)}</b>`,
        change(c.meanVectorChange.initial),
        change(c.change.firstEpoch),
        change(c.change.zero),
        fixed(c.skill, 2),
        fixed(c.calibratedSkill, 2),
        fixed(c.centredCosine, 2),
        fixed(c.all.rank, 1),
        percent(c.all.hit5, 0),
        ...(hasHeldOut ? [fixed(c.heldOut?.rank ?? null, 1), percent(c.heldOut?.hit1 ?? null, 0)] : []),
      ];
      return `<tr><td title="fold ${text(c.fold)}">${text(words(c.label))}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
    });
  const headings = [
    'class',
    'loss,<br>untrained',
    'loss,<br>end',
    'loss,<br>mean<br>vector',
    'change',
    'change,<br>mean<br>vector',
    'change<br>from<br>epoch 1',
    'change<br>from<br>zero',
    'skill',
    'calib.<br>skill',
    'centred<br>cosine',
    `rank<br>of ${candidates.all}`,
    'hit@5',
    ...(hasHeldOut ? [`rank<br>${among}`, `hit@1<br>${among}`] : []),
  ];
  return `${table(headings, rows, 'tall dense')}
<p>Losses are mean squared errors over dimensions and the class's test images. Every number, unrounded, is in <code>classes.csv</code>.</p>`;
}

function definitions({ candidates }: Summary): string {
  const entries: [string, string][] = [
    [
      'held out',
      'the class is in no training image, and duplicates of its images are dropped from training too',
    ],
    [
      'relative change',
      '(final loss − start) / start; the start is the untrained network unless said otherwise',
    ],
    ['mean vector', "μ, the unweighted mean of the seen classes' word vectors, answered whatever the image"],
    ['skill', '1 − final loss / loss of the mean vector'],
    [
      'calibrated skill',
      'the skill of μ + α(output − μ), with one α for all classes, fitted on the other held-out classes; n/a below ten of them',
    ],
    ['centred cosine', "cosine of the class's mean output with its word vector, both less μ"],
    [
      'rank, hit@k',
      `place of the true word among the candidates (all ${candidates.all} labels, or the fold's held-out ones) by the cosine of (output − μ) with (vector − μ); ties count half; averaged over a class's images, then over classes`,
    ],
    [
      'two constants',
      "one number taken from the scores of all seen labels and one from those of all unseen labels, both set on the seen classes' images; " +
        'what a hit@k gains by them is that seen labels step back, so a method is judged by what it gains beyond this line',
    ],
    [
      'AUSUC',
      'area under the curve of accuracy on seen against unseen classes as one constant between seen and unseen labels varies over all values; ' +
        'no such constant moves it',
    ],
    [
      'permuted control',
      'the whole experiment with the words assigned to the classes at random: a run of its own, shown by --compared-with',
    ],
  ];
  return `<h2>Words used here</h2>
<dl>${entries.map(([term, meaning]) => `<dt>${text(term)}</dt><dd>${text(meaning)}</dd>`).join('\n')}</dl>`;
}

function provenanceSection({ run, folds }: Summary): string {
  const { config, dataset, words: vectors } = run;
  const { augment, ...plain } = config;
  const rows: [string, string][] = [
    ['command', run.command],
    ['made', `${run.created}, Lexel ${run.lexel}, Node ${run.node}`],
    ['machine', `${run.cpu}, backend ${run.backend} (${run.isa}${run.build ? `, build ${run.build}` : ''})`],
    ['normalisation', run.normalisation === 'fold' ? "of each fold's own training images" : 'data set'],
    [
      'training',
      `${duration(folds.seconds)} over all folds` +
        (folds.imagesPerSecond === null ? '' : `, ${fixed(folds.imagesPerSecond, 0)} images/s a fold`) +
        (folds.parameters === null ? '' : `, ${folds.parameters.toLocaleString('en')} parameters`),
    ],
    ['protocol, recipe, preset, seed', `${run.protocol}, ${run.recipe}, ${run.preset}, ${run.seed}`],
    ...(run.control ? [['control', run.control] as [string, string]] : []),
    ...(run.reading ? [['reading', run.reading.name] as [string, string]] : []),
    [
      'images',
      `${dataset.name}: ${dataset.classes} classes, ${dataset.trainCount.toLocaleString('en')} training and ${dataset.testCount.toLocaleString('en')} test images, hash ${dataset.hash}`,
    ],
    [
      'dropped duplicates',
      `${folds.droppedDuplicates} training images over all folds, equal to a held-out one`,
    ],
    ['word vectors', `${vectors.source}, ${vectors.dimension} dimensions, checksum ${vectors.checksum}`],
    ['labels formed as the mean of their words', vectors.multiWord.map(words).join(', ') || 'none'],
    ['labels found through an alias', vectors.aliased.map(words).join(', ') || 'none'],
    ...Object.entries(plain).map(([key, value]): [string, string] => [key, settingText(value)]),
    ...Object.entries(augment).map(([key, value]): [string, string] => [
      `augment ${key}`,
      settingText(value),
    ]),
  ];
  return `<h2>Configuration and provenance</h2>
<div class="wrap"><table><tbody>
${rows.map(([key, value]) => `<tr><th>${text(key)}</th><td>${key === 'command' ? `<code>${text(value)}</code>` : text(value)}</td></tr>`).join('\n')}
</tbody></table></div>`;
}

function settingText(value: unknown): string {
  if (value === null) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
