/**
 * The page's sections on zero-shot results: each number with chance and permutation null, and its candidate
 * set.
 */

import type { WordRanks } from '../statistics/class-measures.js';
import { isInformative, tellsHit } from '../statistics/measures.js';
import type { NullInterval } from '../statistics/permutation-null.js';
import type { Summary } from '../statistics/summary.js';
import type { GeneralisedResult } from '../statistics/zero-shot/generalised-summary.js';
import { RANK_KEYS } from '../statistics/zero-shot/scores.js';
import type { RankSummary, ScoringSummary } from '../statistics/zero-shot/zero-shot.js';
import { fixed, percent, words } from '../util/format.js';
import { escapeXml as text } from '../util/xml.js';
import { wordsSpec } from '../words/index.js';
import { classOf, figure, groupRow, table } from './parts.js';

const FOLDS_SHOWN = 10;
const HUBS_SHOWN = 5;

const count = (n: number) => n.toLocaleString('en');

const HITS = [
  { k: 1, key: 'hit1' },
  { k: 5, key: 'hit5' },
  { k: 10, key: 'hit10' },
] as const;
type HitKey = (typeof HITS)[number]['key'];
/** The hits that carry information among so many candidates. */
const hitsAmong = (candidates: number) => HITS.filter(({ k }) => tellsHit(k, candidates));
/** With thousands of candidates, chance is too small a share to show with one digit. */
const share = (value: number) => percent(value, value > 0 && value < 0.001 ? 3 : 1);
const row = (name: string, cells: readonly string[], own = false, attributes = '') =>
  `<tr${attributes}><td>${name}</td>${cells.map((cell) => `<td${own ? ' class="own"' : ''}>${cell}</td>`).join('')}</tr>`;
const interval = (found: NullInterval, show: (value: number) => string) =>
  `${show(found.low)} to ${show(found.high)}`;

export function rankTable(summary: Summary): string {
  const { zeroShot, candidates, headline } = summary;
  const rows: string[] = [];
  const hits = hitsAmong(Math.max(zeroShot.labels, zeroShot.vocabulary?.candidates ?? 0));
  const block = (
    heading: string,
    own: readonly (readonly [string, WordRanks])[],
    nulls: Omit<RankSummary, 'value'>,
  ) => {
    const { permutationNull, chance } = nulls;
    /** Empty where the hit is certain among these candidates, but not among those of other rows. */
    const cells = (rank: string, hit: (key: HitKey) => string) => [
      rank,
      ...hits.map(({ key }) => (isInformative('share', chance[key]) ? hit(key) : '')),
    ];
    const rankCells = (ranks: WordRanks) => cells(fixed(ranks.rank, 1), (key) => share(ranks[key]));
    rows.push(
      groupRow(heading, hits.length + 2),
      ...own.map(([name, ranks]) => row(name, rankCells(ranks), true)),
    );
    if (permutationNull) {
      const between = cells(
        interval(permutationNull.rank, (v) => fixed(v, 1)),
        (key) => interval(permutationNull[key], percent),
      );
      rows.push(row('names permuted<br><small>cosine, 95 % of permutations</small>', between));
    }
    rows.push(row('chance', rankCells(chance)));
  };
  const { scorings, vocabulary } = zeroShot;
  block(
    `among all ${zeroShot.labels} labels`,
    [
      ...scorings.map((scoring): [string, WordRanks] => [scoringName(scoring), scoring.value]),
      ...withTwoConstants(headline),
    ],
    scorings[0],
  );
  const of = (key: 'heldOutRank' | 'heldOutHit1' | 'heldOutHit5' | 'heldOutHit10') => headline[key];
  const keys = ['heldOutRank', 'heldOutHit1', 'heldOutHit5', 'heldOutHit10'] as const;
  if (headline.heldOutRank.value !== null) {
    const ranks = (pick: (key: (typeof keys)[number]) => unknown) =>
      Object.fromEntries(RANK_KEYS.map((key, i) => [key, pick(keys[i])]));
    block(
      `among the ${candidates.heldOut ?? ''} held-out labels of the fold alone`.replace('  ', ' '),
      [['cosine', ranks((key) => of(key).value) as unknown as WordRanks]],
      {
        chance: ranks((key) => of(key).chance) as unknown as WordRanks,
        permutationNull: keys.every((key) => of(key).permutationNull)
          ? (ranks((key) => of(key).permutationNull) as RankSummary['permutationNull'])
          : null,
      },
    );
  }
  if (vocabulary) {
    block(
      `among ${count(vocabulary.candidates)} words: the labels and ${count(vocabulary.words)} others of ${text(vocabulary.source)}`,
      [['cosine', vocabulary.value]],
      vocabulary,
    );
  }
  const missing = vocabulary ? '' : vocabularyHint(summary);
  return `${table(['', 'mean rank', ...hits.map(({ k }) => `hit@${k}`)], rows)}
<p>The same images and outputs throughout; only the words that stand against the true one differ. Means over the images of a held-out class, then
over classes. A network leans to words that it was trained on and away from others, so that without transfer a held-out word ranks worse than chance among
all labels or words: ${scorings[0].permutationNull ? 'the permuted names, not chance, are the null there' : 'the permuted control, not chance, is the null there'}.${missing}</p>`;
}

/** How to rank among a whole vocabulary, or that the run's vectors hold no words but its labels. */
function vocabularyHint({ run: { dataset, words: of } }: Summary): string {
  if (of.count !== null && of.count <= dataset.classes)
    return ` The word vectors of this run (${text(of.source)}) hold only its labels, so <code>--vocab</code> has nothing more to offer.`;
  return ` For ranks in a whole vocabulary name the word vectors: <code>lexel report RUN --vocab ${text(wordsSpec(of.source))}</code>.`;
}

/** The baseline of every rank among all labels; empty if the seen classes' images were not kept. */
function withTwoConstants(headline: Summary['headline']): [string, WordRanks][] {
  const { twoConstantsRank: rank, twoConstantsHit1, twoConstantsHit5, twoConstantsHit10 } = headline;
  if (rank.value === null) return [];
  const [hit1, hit5, hit10] = [twoConstantsHit1, twoConstantsHit5, twoConstantsHit10].map(
    ({ value }) => value!,
  );
  return [['two constants, from seen and unseen labels', { rank: rank.value, hit1, hit5, hit10 }]];
}

function scoringName({ score, references }: Pick<ScoringSummary, 'score' | 'references'>): string {
  if (score === 'cosine') return 'cosine';
  return references === 'held-out'
    ? "CSLS, neighbours: held-out classes' images<br><small>sees all images to be answered at once</small>"
    : "CSLS, neighbours: seen classes' images";
}

export function generalisedPart(summary: Summary, svg: string | null): string {
  const { generalised, labels } = summary.zeroShot;
  if (!generalised || !svg) {
    return `<p>Generalised zero-shot accuracy is n/a: this run has not kept the seen classes' images one by one (<code>--keep-outputs seen</code> keeps them).</p>`;
  }
  const cells = ({ plain, ausuc, best }: Pick<GeneralisedResult, 'plain' | 'ausuc' | 'best'>) => [
    percent(plain.seen),
    percent(plain.unseen),
    percent(plain.harmonic),
    fixed(ausuc, 4),
    `${percent(best.harmonic)}${best.calibration === null ? '' : ` <small>at ${fixed(best.calibration, 2)}</small>`}`,
  ];
  const { permutationNull, chance, folds, without } = generalised;
  const rows = [row('all folds, one constant', cells(generalised), true)];
  if (folds.length > 1 && folds.length <= FOLDS_SHOWN) {
    rows.push(...folds.map((fold) => row(text(fold.fold), cells(fold))));
  }
  if (permutationNull) {
    rows.push(
      row('unseen names permuted<br><small>95 % of permutations</small>', [
        '',
        interval(permutationNull.unseen, percent),
        '',
        interval(permutationNull.ausuc, (v) => fixed(v, 4)),
        '',
      ]),
    );
  }
  const guess = percent(1 / labels);
  rows.push(row('guessing', [guess, guess, guess, fixed(chance.ausuc, 4), '']));
  return `${table(
    [
      '',
      'seen<br>classes',
      'unseen<br>classes',
      'harmonic<br>mean',
      'AUSUC',
      'best harmonic mean<br><small>oracle</small>',
    ],
    rows,
  )}
<p>Top-1 accuracy, averaged by class, with all ${labels} labels as answers. Calibrated stacking takes a constant from the scores of the seen labels before the best
is answered; AUSUC is the area under the curve of all constants (0 to 1). The best harmonic mean is an oracle's: its constant is chosen on the images that it is
measured on. The area mixes two abilities, telling new classes from known ones and naming them; the permuted names keep the first and take away the second.${
    without > 0 ? ` ${without} folds without kept images of seen classes are left out.` : ''
  }</p>
${figure(svg, 'seen-unseen')}`;
}

export function hierarchicalPart({ zeroShot: { hierarchical, labels } }: Summary): string {
  if (!hierarchical) return '';
  return `${table(
    ['', ...hierarchical.map(({ k }) => `hp@${k}`)],
    [
      row(
        'this run',
        hierarchical.map(({ value }) => percent(value)),
        true,
      ),
      row(
        'chance',
        hierarchical.map(({ chance }) => percent(chance)),
      ),
      row(
        'best possible',
        hierarchical.map(({ best }) => percent(best)),
      ),
    ],
  )}
<p>Hierarchical precision among all ${labels} labels, for images of held-out classes: hp@1 is hit@1; from k = 2 on, hp@k is the share of the k best answers that
are of the true superclass. It does not show transfer through words: an image that looks like a seen class of the same
superclass scores without any knowledge of its own word.</p>`;
}

export function hubnessPart({ zeroShot: { scorings, labels } }: Summary): string {
  const rows = scorings.map(({ hubness, ...scoring }) => {
    const { hubs, never, skewness } = hubness;
    const named = hubs
      .slice(0, HUBS_SHOWN)
      .map((hub) => `${text(words(hub.label))} (${fixed(hub.count / hub.expected, 1)}×)`);
    const more = hubs.length > named.length ? `, ${hubs.length - named.length} more` : '';
    return `<tr><td>${scoringName(scoring)}</td><td class="own">${fixed(skewness, 2)}</td><td>${never}</td><td>${named.join(', ') || 'none'}${more}</td></tr>`;
  });
  const { k, queries } = scorings[0].hubness;
  return `${table(
    [
      '',
      `skewness<br>of N<sub>${k}</sub>`,
      'never<br>answered',
      'hubs <small>(times as often as the average label)</small>',
    ],
    rows,
    { className: 'loose' },
  )}
<p>N<sub>${k}</sub> of a label: of how many of the ${count(queries)} images of held-out classes it is among the ${k} nearest of all ${labels} labels. Without hubs
its skewness is near 0. Hubs are labels more than two standard deviations above the mean. CSLS takes from each label its mean closeness to its ${k} nearest
images. Where few classes are held out, their own neighbours are answered often with good reason: skewness is then no fault.</p>`;
}

export function classesPart(summary: Summary): string {
  const { classes, vocabulary, labels, hierarchical, scorings } = summary.zeroShot;
  const has = (references: 'held-out' | 'seen') =>
    scorings.some((scoring) => scoring.references === references);
  const hits = hitsAmong(labels);
  const headings = [
    'class',
    `rank<br>of ${labels}`,
    ...hits.map(({ k }) => `hit@${k}`),
    ...(has('held-out') ? ['rank,<br>CSLS<br>held-out'] : []),
    ...(has('seen') ? ['rank,<br>CSLS<br>seen'] : []),
    ...(hierarchical ? ['hp@2', 'hp@5'] : []),
    ...(vocabulary
      ? [
          `rank of<br>${count(vocabulary.candidates)}`,
          'hit@10<br>of those',
          'nearest words of all<br>to the mean output',
        ]
      : []),
  ];
  const rows = classes
    .map((c, i) => ({ c, all: summary.classes[i].all }))
    .sort((a, b) => a.all.rank - b.all.rank)
    .map(({ c, all }) =>
      row(
        `<span title="fold ${text(c.fold)}">${text(words(c.label))}</span>`,
        [
          `<b>${fixed(all.rank, 1)}</b>`,
          ...hits.map(({ key }) => percent(all[key], 0)),
          ...(has('held-out') ? [fixed(c.cslsHeldOut?.rank ?? null, 1)] : []),
          ...(has('seen') ? [fixed(c.cslsSeen?.rank ?? null, 1)] : []),
          ...(c.hierarchical ? [percent(c.hierarchical[1], 0), percent(c.hierarchical[2], 0)] : []),
          ...(c.vocabulary
            ? [
                count(Math.round(c.vocabulary.rank)),
                percent(c.vocabulary.hit10, 0),
                text(c.vocabulary.nearest.map(words).join(', ')),
              ]
            : []),
        ],
        false,
        classOf(c.label),
      ),
    );
  return `${table(headings, rows, { className: 'tall dense', sorted: { column: 1, by: 'ascending' } })}
<p>Best first. All of it, unrounded, is in <code>zero-shot.csv</code>.</p>`;
}
