/** Held-out images among the words, in the two directions in which the words differ most; they move with every epoch. */

import { words as spaced } from '../../../src/util/format.js';
import { labelsOfShapes } from './settings.js';
import { frame, plan } from './teach-state.js';
import type { Frame } from './types.js';

const WIDTH = 480;
const HEIGHT = 360;
const MARGIN = 24;
/** The name of a word that is nearer to another one than this stands below its point. */
const NEAR_X = 130;
const NEAR_Y = 20;
/** Colours of the held-out classes, from theme.css; further classes begin again. */
const COLOURS = 6;

export function PlaceMap() {
  const { heldOut, data } = plan.value!;
  const now = frame.value;
  if (heldOut.length === 0) return null;
  const labels = data.kind === 'shapes' ? labelsOfShapes(data.classes) : data.classes.map(({ name }) => name);
  return (
    <figure class="place-map">
      <figcaption>
        <h2>Where the held-out images fall</h2>
        <p class="quiet">
          {now
            ? `After epoch ${now.epoch}. Grey: words of seen classes. Large: held-out words; small: their images.`
            : 'Images appear here with the first epoch that is measured in this visit.'}
        </p>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Map of words and held-out images${now ? ` after epoch ${now.epoch}` : ''}`}
      >
        {now && <Points frame={now} labels={labels} heldOut={heldOut} />}
      </svg>
    </figure>
  );
}

interface Props {
  readonly frame: Frame;
  readonly labels: readonly string[];
  readonly heldOut: readonly string[];
}

function Points({ frame: { words, images, labels: classes }, labels, heldOut }: Props) {
  const place = scaleOf(words, images);
  const colour = (label: string) => `place-${heldOut.indexOf(label) % COLOURS}`;
  const named: { label: string; x: number; y: number; below: boolean }[] = [];
  for (const label of heldOut) {
    const i = labels.indexOf(label);
    const [x, y] = place(words[2 * i], words[2 * i + 1]);
    const below = named.some((other) => Math.abs(other.x - x) < NEAR_X && Math.abs(other.y - y) < NEAR_Y);
    named.push({ label, x, y, below });
  }
  return (
    <>
      {labels.map((label, i) => {
        if (heldOut.includes(label)) return null;
        const [x, y] = place(words[2 * i], words[2 * i + 1]);
        return (
          <circle key={label} class="seen" cx={x} cy={y} r={2.5}>
            <title>{spaced(label)}</title>
          </circle>
        );
      })}
      {Array.from(classes, (index, i) => {
        const [x, y] = place(images[2 * i], images[2 * i + 1]);
        return (
          <circle
            key={`image ${i}`}
            class={`image ${colour(labels[index])}`}
            r={3}
            style={{ transform: `translate(${x}px, ${y}px)` }}
          />
        );
      })}
      {named.map(({ label, x, y, below }) => {
        return (
          <g key={label} class={`word ${colour(label)}`}>
            <circle cx={x} cy={y} r={6} />
            <text
              x={x}
              y={below ? y + 19 : y - 10}
              text-anchor={x < WIDTH / 4 ? 'start' : x > (3 * WIDTH) / 4 ? 'end' : 'middle'}
            >
              {spaced(label)}
            </text>
          </g>
        );
      })}
    </>
  );
}

/** Fits all points of the frame, with the same scale in both directions. */
function scaleOf(
  words: Float32Array,
  images: Float32Array,
): (x: number, y: number) => readonly [number, number] {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const list of [words, images]) {
    for (let i = 0; i < list.length; i++) {
      bounds[i % 2] = Math.min(bounds[i % 2], list[i]);
      bounds[2 + (i % 2)] = Math.max(bounds[2 + (i % 2)], list[i]);
    }
  }
  const [left, bottom, right, top] = bounds;
  const scale = Math.min(
    (WIDTH - 2 * MARGIN) / Math.max(right - left, 1e-6),
    (HEIGHT - 2 * MARGIN) / Math.max(top - bottom, 1e-6),
  );
  return (x, y) => [
    WIDTH / 2 + (x - (left + right) / 2) * scale,
    HEIGHT / 2 - (y - (top + bottom) / 2) * scale,
  ];
}
