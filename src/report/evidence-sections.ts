/** The page's sections on evidence: answer, tests, controls without training, untrained variance, seeds. */

import type { RunStatistic } from '../statistics/evidence/draw-statistics.js';
import type { OverSeedsSummary } from '../statistics/evidence/over-seeds.js';
import { unitsText } from '../statistics/evidence/units.js';
import {
  GROUPS,
  isInformative,
  measureOf,
  statisticsIn,
  tellsHit,
  type Unit,
} from '../statistics/measures.js';
import type { Summary } from '../statistics/summary.js';
import { change, fixed, percent, pValue } from '../util/format.js';
import { escapeXml as text } from '../util/xml.js';
import { figure, intervalText, table, tableRow } from './parts.js';
import { AMONG, SHOW, SHOW_SPREAD } from './units.js';

/** The answer to how much of the gain is transfer, in two or three sentences. */
export function answerParagraph({ answer, comparedWith }: Summary): string {
  const cautions = comparedWith?.cautions ?? [];
  return `<p class="answer">${answer.sentences.map(text).join(' ')}</p>
${cautions.map((caution) => `<p class="note">${text(caution)}</p>`).join('\n')}`;
}

export function testsSection({ tests, intervals }: Summary): string {
  const { by, units: count, resamples } = intervals;
  const plural = by === 'class' ? 'classes' : 'superclasses';
  const rows = tests.map(({ what, mean, test, pHolm }) =>
    tableRow([
      text(what),
      test ? `${test.differing} of ${test.units}` : 'n/a',
      fixed(mean, 4),
      test ? pValue(test.p) : 'n/a',
      pHolm === null ? 'n/a' : pValue(pHolm),
    ]),
  );
  return `${table(['', `${plural}<br><small>that differ</small>`, 'mean<br>over classes', '<i>p</i>', '<i>p</i><br><small>Holm</small>'], rows)}
<p>Sign-flip tests over ${unitsText({ by, count })}, two-sided, corrected together by Holm's method; a positive mean is good news. Intervals on this page are
percentile bootstraps over the same ${plural} with ${resamples.toLocaleString('en')} draws, seeded by the run's seed. ${
    by === 'superclass'
      ? 'Classes of one superclass are tested on networks that share their relatives, so they are drawn together.'
      : 'Classes are taken as independent, since there are no six superclasses to draw instead; where some are relatives of each other the intervals are too narrow.'
  } The best and the worst class have no interval: no draw holds a class more extreme than the run's.</p>`;
}

export function untrainedSection(summary: Summary): string {
  const { untrained, headline, change: own, candidates } = summary;
  const tells = tellsHit(5, candidates.all);
  const rows = [
    tableRow([
      '<b>this run</b>',
      `<b>${change(own.initial.median)}</b>`,
      `<b>${own.initial.improved} of ${own.initial.count}</b>`,
      `<b>${fixed(headline.skill.value, 3)}</b>`,
      `<b>${fixed(headline.rank.value, 1)}</b>`,
      ...(tells ? [`<b>${percent(headline.hit5.value)}</b>`] : []),
      `<b>${fixed(headline.centredCosine.value, 3)}</b>`,
    ]),
    ...untrained.map((control) =>
      tableRow([
        text(control.what),
        change(control.medianChange),
        `${control.improved} of ${control.classes}`,
        fixed(control.skill, 3),
        fixed(control.rank, 1),
        ...(tells ? [percent(control.hit5)] : []),
        fixed(control.centredCosine, 3),
      ]),
    ),
  ];
  const headings = [
    ...['always answering', 'median<br>change', 'improved', 'mean skill', 'rank'],
    ...[...(tells ? ['hit@5'] : []), 'centred<br>cosine'],
  ];
  return `${table(headings, rows)}
<p>One fixed answer a class, whatever the image. The two oracles know where the true word lies: they are what a perfect recogniser of
relatives would reach with the words it was taught. The mean vector has no direction of its own, so it has no rank.</p>`;
}

export function startSection(svg: string): string {
  return `${figure(svg, 'start')}
<p>The relative change divides by the untrained network's loss. If its outputs vary about zero by <i>v</i> per dimension, that loss is the zero
answer's plus <i>v</i>, and the mean vector, without training or images, “improves” by what is drawn here.</p>`;
}

interface SeedRow {
  readonly name: RunStatistic;
  readonly what: string;
  readonly unit: Unit;
}

/** The measures that are not certain, followed by the poster's other statistics. */
function seedRows(headline: Summary['headline']): SeedRow[] {
  const measures = GROUPS.flatMap((group) =>
    statisticsIn(group).flatMap((name): SeedRow[] => {
      const { label, unit } = measureOf(name);
      return isInformative(unit, headline[name].chance) ? [{ name, what: label + AMONG[group], unit }] : [];
    }),
  );
  return [...measures, { name: 'initial.improved', what: 'classes improved', unit: 'count' }];
}

/** Empty for a run of one seed. */
/** @param headline of one of the seeds, for the chance levels */
export function overSeedsSection(seeds: OverSeedsSummary, headline: Summary['headline']): string {
  const rows = seedRows(headline).flatMap(({ name, what, unit }) => {
    const show = SHOW[unit];
    const found = seeds.of[name];
    if (!found) return []; // n/a for a seed
    const row = tableRow([
      text(what),
      `<b>${show(found.mean)}</b>`,
      SHOW_SPREAD[unit](found.deviation),
      intervalText(found.interval, show),
      ...found.values.map(show),
    ]);
    return [row];
  });
  return `${table(['', 'mean', 'standard<br>deviation', '95 % interval', ...seeds.seeds.map((seed) => `seed ${seed}`)], rows)}
<p>On the ${seeds.classes} held-out classes that all seeds have finished. The interval draws ${unitsText(seeds.units)} and the
seeds with replacement, ${seeds.resamples.toLocaleString('en')} times.</p>`;
}
