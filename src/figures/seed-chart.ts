/** One row per seed, one dot per split: shows how much a result depends on the choice of held-out classes. */
import * as Plot from '@observablehq/plot';
import type { SeedMeasure, SeedsSummary } from '../statistics/seed-spread.js';
import { COLOURS } from '../util/figure-style.js';
import { fixed } from '../util/format.js';
import { drawFigure, type Panel } from './document.js';

const ROW = 30;
const PANEL_WIDTH = 390;
/** Groups shown if the run has them; only two panels fit side by side. */
const SHOWN = ['true word among all', "true word among the split's"];

/** hit@5 among all labels and, if several classes are held out together, hit@1 among those. */
export function seedsFigure(summary: SeedsSummary): string {
  const find = (start: string, what: string) =>
    summary.measures.find((measure) => measure.group.startsWith(start) && measure.what === what);
  const shown = [find(SHOWN[0], 'hit@5'), find(SHOWN[1], 'hit@1')].flatMap((m) => (m ? [m] : []));
  const names = summary.runs.map(({ seed }) => `seed ${seed}`);
  const drawn = shown.map((measure, i) => panel(measure, names, i === 0));
  return drawFigure(drawn, {
    together: true,
    title: 'What the seed and the split change',
    subtitle: [
      'Dot: one split, the mean over its held-out classes. Bar: the mean of its seed. Dashed line: the mean of all seeds.',
      'Dotted line: chance.',
    ],
    description: `${shown.map((measure) => `${measure.what}, ${measure.group}`).join('; ')}, for ${names.length} seeds.`,
  });
}

function panel(measure: SeedMeasure, names: readonly string[], first: boolean): Panel {
  const dots = measure.values.flatMap(({ splits }, s) =>
    splits.map((value) => ({ seed: names[s], value: value * 100 })),
  );
  const means = measure.values.map(({ value }, s) => ({ seed: names[s], value: value * 100 }));
  const chance = measure.chance === null ? [] : [measure.chance * 100];
  const right = Math.max(...dots.map((dot) => dot.value), ...chance) * 1.06;
  return {
    width: first ? PANEL_WIDTH + 80 : PANEL_WIDTH,
    height: names.length * ROW + 86,
    options: {
      marginLeft: first ? 88 : 16,
      marginRight: 20,
      marginTop: 16,
      marginBottom: 50,
      x: {
        label: `${measure.what}, %: ${measure.group}`,
        domain: [0, right || 1],
        labelAnchor: 'center',
        labelArrow: 'none',
        grid: true,
        ticks: 6,
      },
      y: { type: 'band' as const, domain: [...names], label: null, tickSize: 0, axis: first ? 'left' : null },
      marks: [
        Plot.ruleX([0], { stroke: COLOURS.faint }),
        Plot.ruleX(chance, { stroke: COLOURS.control, strokeDasharray: '2,3', strokeWidth: 1.5 }),
        Plot.ruleX([measure.seeds.mean * 100], { stroke: COLOURS.better, strokeDasharray: '6,4' }),
        // The bar is taller than a dot, which is drawn over it.
        Plot.tickX(means, { y: 'seed', x: 'value', stroke: COLOURS.ink, strokeWidth: 2.5 }),
        Plot.dot(dots, {
          ...{ y: 'seed', x: 'value', r: 4, fill: COLOURS.better, fillOpacity: 0.75 },
          ...{ stroke: COLOURS.page, strokeWidth: 1 },
          title: ({ seed, value }: { seed: string; value: number }) => `${seed}: ${fixed(value, 1)} %`,
        }),
      ],
    },
  };
}
