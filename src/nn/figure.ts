/**
 * The architecture figure (figure 1 of the poster): the network as a stack of blocks, read from the top. The
 * width of a bar shows the block's channels, and its height the size of its feature map, so the figure shows
 * how resolution is traded for channels. Consecutive equal blocks are drawn once, with their count. The SVG
 * is written directly, because there is no data to plot.
 */

import { COLOURS, FIGURE_FONT } from '../util/figure-style.js';
import { escapeXml } from '../util/xml.js';
import { layerTable } from './cost.js';
import { type TracedLayer, trace } from './trace.js';
import type { Network, Shape } from './types.js';

/** Consecutive equal blocks. */
interface Stage {
  readonly kind: Kind;
  readonly title: string;
  readonly detail: string;
  readonly output: Shape;
  parameters: number;
  multiplyAdds: number;
  repeats: number;
}

type Kind = 'image' | 'dense' | 'bottleneck' | 'output';

const LEGEND: Record<Exclude<Kind, 'image'>, string> = {
  dense: 'dense convolution',
  bottleneck: 'inverted bottleneck',
  output: 'pool and linear layer',
};

const WIDTH = 960;
const CENTRE = 190;
const WIDEST = 230;
const TOP = 96;
const GAP = 17;
const TEXT = 325;
const DETAIL = TEXT + 132;

/**
 * Draws a network.
 * @returns a standalone SVG document, 960 units wide
 * @throws LexelError if the network is invalid
 */
export function architectureFigure(network: Network): string {
  const stages = gather(network);
  const most = Math.max(...stages.map((stage) => stage.output[2]));
  const total = (key: 'parameters' | 'multiplyAdds') =>
    stages.reduce((sum, stage) => sum + stage[key] * stage.repeats, 0);

  const parts: string[] = [];
  let y = TOP;
  stages.forEach((stage, i) => {
    const height = barHeight(stage);
    const width = barWidth(stage.output[2], most);
    const copies = Math.min(stage.repeats, 5);
    if (i > 0) parts.push(arrow(y - GAP, y - 2));
    for (let copy = copies - 1; copy >= 0; copy--) {
      // Repeated blocks are drawn as a small stack of cards.
      const shift = copy * 4;
      parts.push(
        `<rect x="${n(CENTRE - width / 2 + shift)}" y="${n(y + shift)}" width="${n(width)}" height="${n(height)}" ` +
          `rx="3" fill="${COLOURS[stage.kind]}" stroke="${COLOURS.page}" stroke-width="1.2"/>`,
      );
    }
    parts.push(...labels(stage, y, height, width));
    y += height + (copies - 1) * 4 + GAP;
  });

  const height = y + 34;
  const summary =
    `${network.size} × ${network.size} pixels in, ${network.outputs} numbers out; ` +
    `${short(total('parameters'))} parameters, ${short(total('multiplyAdds'))} multiply-adds per image`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${n(height)}" width="${WIDTH}" height="${n(height)}" ` +
      `font-family="${FIGURE_FONT}" role="img" aria-label="${escapeXml(`Architecture of ${network.name}: ${summary}`)}">`,
    `<rect width="100%" height="100%" fill="${COLOURS.page}"/>`,
    text(12, 27, network.name, { size: 16, weight: 700 }),
    text(12, 47, summary, { size: 12, fill: COLOURS.faint }),
    text(CENTRE, 76, 'width: channels; height: size of the map', {
      size: 11,
      fill: COLOURS.faint,
      anchor: 'middle',
    }),
    ...parts,
    ...legend(stages, height - 16),
    '</svg>',
    '',
  ].join('\n');
}

/** One stage for the input, one for each run of equal blocks, and one for the pool and the output. */
function gather(network: Network): Stage[] {
  const layers = trace(network);
  const costs = layerTable(network);
  const groups: { name: string; layers: TracedLayer[]; parameters: number; multiplyAdds: number }[] = [];
  layers.forEach((layer, i) => {
    const name = groupName(layer) ?? groups.at(-1)?.name ?? 'first';
    if (groups.at(-1)?.name !== name) groups.push({ name, layers: [], parameters: 0, multiplyAdds: 0 });
    const group = groups.at(-1)!;
    group.layers.push(layer);
    group.parameters += costs[i].parameters;
    group.multiplyAdds += costs[i].multiplyAdds;
  });

  const stages: Stage[] = [
    {
      kind: 'image',
      title: 'image',
      detail: '',
      output: [network.size, network.size, 3],
      parameters: 0,
      multiplyAdds: 0,
      repeats: 1,
    },
  ];
  for (const group of groups) {
    const { parameters, multiplyAdds } = group;
    const stage = { ...explain(group.name, group.layers), parameters, multiplyAdds, repeats: 1 };
    const before = stages.at(-1)!;
    const equal =
      before.detail === stage.detail &&
      before.title === stage.title &&
      before.parameters === parameters &&
      before.multiplyAdds === multiplyAdds;
    if (equal) before.repeats++;
    else stages.push(stage);
  }
  return stages;
}

/**
 * "blocks.3", "stem", "head", or "output" for everything from the pool on. undefined: the same group as the
 * previous layer.
 */
function groupName({ layer, within }: TracedLayer): string | undefined {
  if (['global-average-pool', 'dropout', 'linear'].includes(layer.type)) return 'output';
  if (within.length > 0) return within[0];
  if (!('name' in layer)) return undefined;
  return layer.name.match(/^blocks\.\d+/)?.[0] ?? layer.name.split('.')[0];
}

/** The texts beside a block. */
function explain(name: string, layers: TracedLayer[]): Pick<Stage, 'kind' | 'title' | 'detail' | 'output'> {
  const output = layers.at(-1)!.output;
  if (name === 'output') {
    const dropout = layers.map(({ layer }) => layer).find((layer) => layer.type === 'dropout');
    const drop = dropout ? `, dropout ${dropout.rate}` : '';
    return { kind: 'output', title: 'output', detail: `global average pool${drop}, linear`, output };
  }
  const words: string[] = [];
  let sum = '';
  for (const { layer, branch } of layers) {
    if (branch === 'shortcut') {
      if (layer.type === 'conv') sum = ' + 1×1 shortcut';
      continue;
    }
    if (layer.type === 'conv') {
      const stride = layer.stride === 2 ? ' /2' : '';
      const size = `${layer.kernel}×${layer.kernel}`;
      words.push(layer.depthwise ? `depthwise ${size}${stride}` : `${size}${stride} to ${layer.out}`);
    } else if (layer.type === 'squeeze-excite') {
      words.push(`squeeze-excite ${layer.hidden}`);
    } else if (layer.type === 'residual' && sum === '') {
      sum = ' + input';
    }
  }
  const depthwise = layers.some(({ layer }) => layer.type === 'conv' && layer.depthwise);
  const title = name.startsWith('blocks.') ? (depthwise ? 'bottleneck' : 'block') : name;
  return { kind: depthwise ? 'bottleneck' : 'dense', title, detail: words.join(' → ') + sum, output };
}

function labels(stage: Stage, y: number, height: number, width: number): string[] {
  const [rows, columns, channels] = stage.output;
  const middle = y + height / 2;
  const repeats = stage.repeats > 1 ? ` × ${stage.repeats}` : '';
  const place = rows === 1 && columns === 1 ? `${channels}` : `${rows}×${columns}×${channels}`;
  const cost =
    stage.parameters === 0
      ? ''
      : `${short(stage.parameters * stage.repeats)} parameters, ${short(stage.multiplyAdds * stage.repeats)} multiply-adds`;
  const inside = width > 70 && height >= 14;
  const result = [
    inside
      ? text(CENTRE, middle + 4, place, { size: 11, fill: COLOURS.onColour, anchor: 'middle', weight: 600 })
      : text(CENTRE - width / 2 - 8, middle + 4, place, { size: 11, fill: COLOURS.ink, anchor: 'end' }),
    text(TEXT, middle - (cost ? 2 : -4), stage.title + repeats, { size: 13, weight: 600 }),
  ];
  if (stage.detail) result.push(text(DETAIL, middle - 2, stage.detail, { size: 11.5, fill: COLOURS.ink }));
  if (cost) result.push(text(DETAIL, middle + 12, cost, { size: 10.5, fill: COLOURS.faint }));
  return result;
}

/** Bar widths use square roots, so that 3 and 1280 channels, or 1 and 224 pixels, fit into one figure. */
function barWidth(channels: number, most: number): number {
  return Math.max(14, WIDEST * Math.sqrt(channels / most));
}

function barHeight(stage: Stage): number {
  return Math.max(17, Math.min(48, 8 * Math.sqrt(stage.output[0])));
}

function arrow(from: number, to: number): string {
  return `<path d="M${CENTRE} ${n(from + 2)}V${n(to)}m-3 -4l3 4l3 -4" fill="none" stroke="${COLOURS.faint}" stroke-width="1.2"/>`;
}

function legend(stages: Stage[], y: number): string[] {
  const kinds = (Object.keys(LEGEND) as (keyof typeof LEGEND)[]).filter((kind) =>
    stages.some((stage) => stage.kind === kind),
  );
  return kinds.flatMap((kind, i) => [
    `<rect x="${12 + i * 190}" y="${n(y - 10)}" width="12" height="12" rx="2" fill="${COLOURS[kind]}"/>`,
    text(30 + i * 190, y, LEGEND[kind], { size: 12, fill: COLOURS.ink }),
  ]);
}

interface TextStyle {
  readonly size: number;
  readonly fill?: string;
  readonly weight?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
}

function text(x: number, y: number, words: string, style: TextStyle): string {
  const { size, fill = COLOURS.ink, weight = 400, anchor = 'start' } = style;
  return (
    `<text x="${n(x)}" y="${n(y)}" font-size="${size}" font-weight="${weight}" fill="${fill}" ` +
    `text-anchor="${anchor}">${escapeXml(words)}</text>`
  );
}

/** 464918 -> "465 k", 37338192 -> "37.3 M". */
function short(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toPrecision(3)} M`;
  if (count >= 1e4) return `${Math.round(count / 1e3)} k`;
  return count.toLocaleString('en-US');
}

/** At most two decimals: precise to less than a pixel, and the same text on every machine. */
function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}
