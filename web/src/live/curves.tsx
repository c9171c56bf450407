/** Curves of the held-out classes by epoch, by uPlot, which is loaded when the first curves are shown. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { LiveFold } from '../../../src/server/messages/live.js';
import { fixed } from '../../../src/util/format.js';
import { route, setQuery } from '../route.js';
import { Terms } from '../ui/terms.js';
import { onThemeChange } from '../ui/theme.js';
import { curveData, KINDS, type Level, MEASURES, type Measure } from './curve-data.js';
import { foldName } from './fold-grid.js';

const HEIGHT = 300;
/** With more folds than these, single folds are thin lines behind the median. */
const FEW = 8;

export interface CurvesProps {
  readonly folds: readonly LiveFold[];
  readonly chosen: ReadonlySet<string>;
  /** Number of words among which ranks are taken; null if it is not known. */
  readonly classes: number | null;
}

export function Curves({ folds, chosen, classes }: CurvesProps) {
  const measure = MEASURES.find((name) => name === route.value.query.curve) ?? 'loss';
  const shown = chosen.size > 0 ? folds.filter(({ id }) => chosen.has(id)) : folds;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<{ plot: uPlot; key: string } | null>(null);
  const [theme, setTheme] = useState(0);
  useEffect(() => onThemeChange(() => setTheme((turn) => turn + 1)), []);
  const { label, level: levelOf } = KINDS[measure];
  const level = levelOf({ folds: shown, words: classes });
  const key = [measure, theme, level !== null, ...shown.map(({ id }) => id)].join('|');
  useEffect(() => {
    let stopped = false;
    const draw = async () => {
      const [{ default: Plot }] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]);
      if (stopped || !host.current) return;
      const data = dataOf(shown, measure, level);
      if (plot.current?.key === key) {
        plot.current.plot.setData(data);
        return;
      }
      plot.current?.plot.destroy();
      const options = optionsOf(shown, measure, level, host.current.clientWidth);
      plot.current = { plot: new Plot(options, data, host.current), key };
    };
    void draw();
    return () => {
      stopped = true;
    };
  });
  useEffect(() => {
    const resize = new ResizeObserver(([{ contentRect }]) =>
      plot.current?.plot.setSize({ width: contentRect.width, height: HEIGHT }),
    );
    resize.observe(host.current!);
    return () => {
      resize.disconnect();
      plot.current?.plot.destroy();
      plot.current = null;
    };
  }, []);
  const median = curveData(shown, measure).median.findLast((value) => value !== null) ?? null;
  return (
    <section aria-labelledby="curves-title">
      <div class="row">
        <h2 id="curves-title">Curves</h2>
        <label>
          <span class="away">Measure</span>
          <select value={measure} onChange={({ currentTarget }) => setQuery({ curve: currentTarget.value })}>
            {MEASURES.map((name) => (
              <option key={name} value={name}>
                {KINDS[name].name}
              </option>
            ))}
          </select>
        </label>
        <span class="quiet">
          of the held-out classes, in{' '}
          {chosen.size > 0 ? `${shown.length} of ${folds.length}` : `all ${folds.length}`} folds
        </span>
      </div>
      <div
        class="curves"
        ref={host}
        role="img"
        aria-label={`${label} by epoch; median now ${fixed(median, 2)}${level ? `; ${level.name} ${fixed(level.value, 2)}` : ''}`}
      />
      <p class="quiet legend">
        {shown.length > 1 && (
          <>
            <i class="line median" /> median <i class="line one" /> one fold.{' '}
          </>
        )}
        {level ? (
          <>
            <i class="line chance" /> <Terms>{level.name}</Terms>: no transfer.
          </>
        ) : (
          'A falling loss alone does not show transfer: see skill, rank or hits.'
        )}
      </p>
    </section>
  );
}

function dataOf(folds: readonly LiveFold[], measure: Measure, level: Level | null): uPlot.AlignedData {
  const { epochs, folds: curves, median } = curveData(folds, measure);
  return [
    epochs,
    ...curves,
    ...(folds.length > 1 ? [median] : []),
    ...(level ? [epochs.map(() => level.value)] : []),
  ];
}

function optionsOf(
  folds: readonly LiveFold[],
  measure: Measure,
  level: Level | null,
  width: number,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  // A canvas knows no light-dark(): a probe gives the colour that applies.
  const probe = document.body.appendChild(document.createElement('i'));
  const colour = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const [text, line, one, own, control] = [
    '--text',
    '--line',
    '--fig-behind',
    '--fig-better',
    '--fig-control',
  ].map(colour);
  probe.remove();
  const { label } = KINDS[measure];
  const few = folds.length <= FEW;
  const font = `12px ${style.fontFamily}`;
  const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line }, font };
  return {
    ...{ width, height: HEIGHT },
    legend: { show: false },
    cursor: { y: false },
    scales: { x: { time: false } },
    axes: [
      { ...axis, label: 'epoch (0 = untrained)', labelFont: font, incrs: [1, 2, 5, 10, 20, 50, 100] },
      { ...axis, label, labelFont: font, size: 64 },
    ],
    series: [
      {},
      ...folds.map((fold) => ({
        label: foldName(fold),
        stroke: few && folds.length === 1 ? own : one,
        width: few ? 2 : 1,
        spanGaps: true,
        points: { show: few },
      })),
      ...(folds.length > 1 ? [{ label: 'median', stroke: own, width: 3, spanGaps: true }] : []),
      ...(level
        ? [{ label: level.name, stroke: control, width: 2, dash: [3, 4], points: { show: false } }]
        : []),
    ],
  };
}
