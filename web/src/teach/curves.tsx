/** Losses and hits by epoch, as they come in. */

import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { onThemeChange } from '../ui/theme.js';
import { epochs, plan } from './teach-state.js';
import type { Measured } from './types.js';

interface Curve {
  readonly label: string;
  readonly colour: string;
  readonly dash?: number[];
  readonly value: (event: Measured) => number | null;
}

export function Curves() {
  const { data, heldOut } = plan.value!;
  const labels = data.kind === 'shapes' ? data.classes : data.classes.length;
  const held = heldOut.length > 0;
  return (
    <div class="curves">
      <Chart
        title="Loss"
        curves={[
          { label: 'training', colour: '--curve-1', value: ({ trainLoss }) => trainLoss },
          ...(held
            ? [
                {
                  label: 'held out (squared error)',
                  colour: '--curve-2',
                  value: ({ heldOut }: Measured) => heldOut.loss,
                },
              ]
            : []),
        ]}
      />
      {held && (
        <Chart
          title="hit@1 of the held-out classes, %"
          curves={[
            ...percentCurves(
              `among the ${heldOut.length} held out`,
              '--curve-2',
              heldOut.length,
              (one) => one.amongHeldOut,
            ),
            ...percentCurves(`among all ${labels}`, '--curve-1', labels, (one) => one.heldOut.hit1),
          ]}
        />
      )}
    </div>
  );
}

/** A share in percent, and its chance in the same colour. */
function percentCurves(
  label: string,
  colour: string,
  candidates: number,
  share: (one: Measured) => number | null,
): Curve[] {
  const value = (one: Measured) => {
    const found = share(one);
    return found === null ? null : 100 * found;
  };
  return [
    { label, colour, value },
    { label: 'chance', colour, dash: [2, 5], value: () => 100 / candidates },
  ];
}

function Chart({ title, curves }: { readonly title: string; readonly curves: readonly Curve[] }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const events = epochs.value;
  const total = plan.value!.epochs;
  const columns: uPlot.AlignedData = [
    events.map(({ epoch }) => epoch),
    ...curves.map(({ value }) => events.map(value)),
  ];
  const latest = useRef(columns);
  latest.current = columns;
  useEffect(() => {
    let gone = false;
    const resized = new ResizeObserver(([{ contentRect }]) =>
      chart.current?.setSize({ width: contentRect.width, height: HEIGHT }),
    );
    const draw = async () => {
      const { default: UPlot } = await import('uplot');
      if (gone || !box.current) return;
      chart.current?.destroy();
      chart.current = new UPlot(options(box.current, curves, total), latest.current, box.current);
    };
    draw();
    resized.observe(box.current!);
    const unthemed = onThemeChange(draw);
    return () => {
      gone = true;
      resized.disconnect();
      unthemed();
      chart.current?.destroy();
    };
  }, [total, curves.length]);
  useEffect(() => chart.current?.setData(columns), [events]);
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={box} class="plot" style={{ minHeight: `${HEIGHT + LEGEND}px` }} aria-hidden="true" />
      <p class="away">{spoken(events.at(-1), curves)}</p>
    </figure>
  );
}

const HEIGHT = 180;
const LEGEND = 30;

function options(box: HTMLElement, curves: readonly Curve[], total: number): uPlot.Options {
  const style = getComputedStyle(box);
  // light-dark() is resolved only in a colour that is used.
  const probe = box.appendChild(document.createElement('span'));
  const colourOf = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const axis = {
    stroke: colourOf('--quiet'),
    grid: { stroke: colourOf('--line') },
    ticks: { stroke: colourOf('--line') },
  };
  const made: uPlot.Options = {
    width: box.clientWidth || Number.parseFloat(style.width) || 300,
    height: HEIGHT,
    scales: {
      x: { time: false, range: [0, total] },
      y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.05 : 1] },
    },
    axes: [
      { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100] },
      { ...axis, size: 52 },
    ],
    series: [
      { label: 'epoch' },
      ...curves.map(({ label, colour, dash }) => ({
        label,
        stroke: colourOf(colour),
        width: 2,
        dash,
        spanGaps: true,
      })),
    ],
    cursor: { drag: { x: false, y: false } },
    legend: { live: false },
  };
  probe.remove();
  return made;
}

function spoken(last: Measured | undefined, curves: readonly Curve[]): string {
  if (!last) return 'No epoch has finished.';
  const values = curves.map(({ label, value }) => `${label} ${value(last)?.toFixed(3) ?? 'not measured'}`);
  return `After epoch ${last.epoch}: ${values.join(', ')}.`;
}
