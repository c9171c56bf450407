// How images/s, memory and the report's time grow with batch, image size, outputs, classes and threads.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as Plot from '@observablehq/plot';
import { drawFigure, svgToPng } from '../../dist/figures/index.js';
import { pinned } from '../lib/machine.mjs';
import { askOnce, Peer } from '../lib/peer.mjs';
import { scratch } from '../lib/scratch.mjs';
import { interleave, median } from '../lib/stats.mjs';
import { digits, mebibytes, rate, table } from '../lib/table.mjs';

const script = fileURLToPath(new URL('../peers/lexel.mjs', import.meta.url));
const reportScript = fileURLToPath(new URL('../peers/growth-report.mjs', import.meta.url));
const FIGURE = 'images/growth.png';
const figureFile = fileURLToPath(new URL(`../${FIGURE}`, import.meta.url));

const START = { batch: 128, size: 32, outputs: 100, threads: 1 };
/** The axes; one grows while the others keep their first value. */
const AXES = {
  batch: { label: 'batch', values: [32, 64, 128, 256, 512] },
  size: { label: 'image size', values: [32, 64, 96, 128] },
  outputs: { label: 'outputs', values: [10, 100, 1000, 10_000] },
  threads: { label: 'threads', values: [1, 2] },
};
const CLASSES = [100, 500, 2000];
/** Images per class: five for training and one for the test. */
const IMAGES_A_CLASS = 6;

export const title = 'Growth';

export async function measure({ nets, rounds, seconds, quick, machine, log }) {
  const net = nets.includes('lite') ? 'lite' : nets[0];
  const axes = [];
  for (const [name, { values }] of Object.entries(AXES)) {
    log(`growth: ${net}, ${name}`);
    const some = values.filter((value) => name !== 'threads' || value <= machine.cpu.processors);
    axes.push({ name, rows: await measureAxis(net, name, some, { rounds, seconds }) });
  }
  const reports = [];
  for (const classes of quick ? CLASSES.slice(0, 1) : CLASSES) {
    log(`growth: a report over ${classes} classes`);
    const args = [reportScript, String(classes), String(IMAGES_A_CLASS)];
    reports.push(await askOnce(pinned(1, process.execPath, args), { TMPDIR: scratch() }));
  }
  return { net, axes, reports };
}

async function measureAxis(net, name, values, { rounds, seconds }) {
  const contenders = [];
  try {
    for (const value of values) {
      const setting = { ...START, [name]: value };
      const flags = Object.entries({ net, ...setting }).flatMap(([flag, text]) => [
        `--${flag}`,
        String(text),
      ]);
      const peer = new Peer(pinned(setting.threads, process.execPath, [script, ...flags]));
      contenders.push({ value, setting, peer, steps: 0 });
      await peer.next(120);
    }
    for (const contender of contenders) {
      const once = await contender.peer.ask('run 2');
      contender.steps = Math.max(2, Math.ceil((seconds * 1000) / median(once.step_ms)));
    }
    const runs = await interleave(contenders, rounds, ({ peer, steps }) => peer.ask(`run ${steps}`));
    return contenders.map(({ value, setting }, i) => ({
      value,
      batch: setting.batch,
      imagesPerSecond: median(runs[i].map((run) => run.images_per_second)),
      multiplyAdds: runs[i][0].multiply_adds,
      arena: runs[i][0].arena,
    }));
  } finally {
    for (const { peer } of contenders) await peer.stop();
  }
}

/** The exponent of a cost's growth since the previous row: 1 if it doubles when the value doubles. */
const power = (cost, before, value, valueBefore) => Math.log(cost / before) / Math.log(value / valueBefore);

export function render({ net, axes, reports }) {
  const rows = axes.flatMap(({ name, rows: own }) =>
    own.map((row, i) => {
      const before = own[i - 1];
      const micro = 1e6 / row.imagesPerSecond;
      return [
        i === 0 ? AXES[name].label : '',
        row.value,
        rate(row.imagesPerSecond),
        digits(micro, 1),
        digits(row.multiplyAdds / 1e6, 2),
        digits((micro * 1e6) / row.multiplyAdds, 1),
        mebibytes(row.arena),
        digits(row.arena / row.batch / 1024, 0),
        before ? digits(power(micro, 1e6 / before.imagesPerSecond, row.value, before.value), 2) : '–',
      ];
    }),
  );
  return [
    `\`${net}\`, training steps; what does not grow stands at batch ${START.batch}, ${START.size}×${START.size} images, ${START.outputs} outputs, one thread. ` +
      'The power is that with which the time of an image has grown since the row before: 0 where it stays, 1 where it doubles as the value does.',
    table(
      [
        'grows',
        'to',
        'images/s',
        'µs an image',
        'M multiply-adds',
        'ps a multiply-add',
        'arena, MiB',
        'KiB an image',
        'power',
      ],
      rows,
      ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'r'],
    ),
    `\`lexel report\` of five folds that hold out a fifth of the classes each, ${IMAGES_A_CLASS} images a class; memory is the highest resident memory of the ` +
      'process, which made the data and trained before.',
    table(
      ['classes', 'seconds', 'power', 'peak, MiB', 'before the report, MiB'],
      reports.map((report, i) => {
        const before = reports[i - 1];
        const grown = before ? power(report.seconds, before.seconds, report.classes, before.classes) : null;
        return [
          report.classes,
          digits(report.seconds, 1),
          digits(grown, 2),
          mebibytes(report.peak_rss),
          mebibytes(report.before),
        ];
      }),
      ['r', 'r', 'r', 'r', 'r'],
    ),
    `![Time of an image and memory, as each of batch, image size, outputs and classes grows](${FIGURE})`,
  ].join('\n\n');
}

/**
 * Writes the figure: time per image and memory relative to the first value, for each axis, and the report's
 * time. All scales are logarithmic.
 */
export function writeFigure({ net, axes, reports }) {
  const points = axes.flatMap(({ name, rows }) =>
    rows.map((row) => ({
      axis: AXES[name].label,
      times: row.value / rows[0].value,
      time: rows[0].imagesPerSecond / row.imagesPerSecond,
      memory: row.arena / rows[0].arena,
    })),
  );
  /** @returns {import('../../dist/figures/index.js').Panel} */
  const panel = (key, label, shown = points) => ({
    width: 430,
    height: 320,
    options: {
      marginLeft: 50,
      marginRight: 70,
      inset: 8,
      x: { type: 'log', label: 'times the first value →', tickFormat: '~s', ticks: 5 },
      y: { type: 'log', label: `↑ ${label}`, tickFormat: '~g', ticks: 5, grid: true },
      color: { legend: false, range: ['#0072b2', '#d55e00', '#009e73', '#8a6d00'] },
      marks: [
        Plot.line(shown, { x: 'times', y: key, stroke: 'axis', strokeWidth: 2 }),
        Plot.dot(shown, { x: 'times', y: key, fill: 'axis', r: 3.5 }),
        Plot.text(
          shown,
          Plot.selectLast({
            x: 'times',
            y: key,
            z: 'axis',
            text: 'axis',
            fill: 'axis',
            textAnchor: 'start',
            dx: 8,
          }),
        ),
      ],
    },
  });
  const svg = drawFigure(
    [
      panel('time', 'time of an image, times the first'),
      panel(
        'memory',
        'arena, times the first',
        points.filter(({ axis }) => axis !== AXES.threads.label),
      ),
      {
        width: 330,
        height: 320,
        options: {
          marginLeft: 50,
          inset: 8,
          x: { type: 'log', label: 'classes →', ticks: 4, tickFormat: '~s' },
          y: { type: 'log', label: '↑ seconds of a report', tickFormat: '~g', ticks: 5, grid: true },
          marks: [
            Plot.line(reports, { x: 'classes', y: 'seconds', stroke: '#0072b2', strokeWidth: 2 }),
            Plot.dot(reports, { x: 'classes', y: 'seconds', fill: '#0072b2', r: 3.5 }),
          ],
        },
      },
    ],
    {
      title: `How cost grows: ${net}`,
      subtitle: [
        'Training steps by batch, image size, outputs and threads; reports by classes. Both axes are logarithmic.',
      ],
      description:
        'Time of an image and memory as batch, image size, outputs and threads grow, and seconds of a report by classes.',
    },
  );
  writeFileSync(figureFile, svgToPng(svg));
}
