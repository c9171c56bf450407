import { expect, test } from 'vitest';
import { deriveKey, Random } from '../../../src/util/random.js';
import { GridIndex } from '../../../web/src/map/grid-index.js';
import { labelZooms } from '../../../web/src/map/label-zoom.js';
import { between, boxOf, limited, toMap, toPixel, viewOf, zoomed } from '../../../web/src/map/view.js';

const random = new Random(deriveKey(1, 'map geometry'));
const places = Float32Array.from({ length: 2000 }, () => random.normal());
places.set([Number.NaN, Number.NaN], 20);
const size = { width: 800, height: 500 };

test('the grid finds the nearest point, as a comparison with all does', () => {
  const index = new GridIndex(places);
  for (let i = 0; i < 200; i++) {
    const at = { x: 2 * random.normal(), y: 2 * random.normal() };
    let best = -1;
    let least = 0.2 ** 2;
    for (let p = 0; p < 1000; p++) {
      const square = (places[p * 2] - at.x) ** 2 + (places[p * 2 + 1] - at.y) ** 2;
      if (square < least) [best, least] = [p, square];
    }
    expect(index.nearest(at, 0.2)).toBe(best);
  }
  const [x, y] = [places[0], places[1]];
  expect(index.nearest({ x, y }, 0.1)).toBe(0);
  expect(index.nearest({ x, y }, 5, (point) => point !== 0)).not.toBe(0);
});

test('a polygon contains the points on its inner side only', () => {
  const index = new GridIndex(places);
  const square = [
    { x: -1, y: -1 },
    { x: 1, y: -1 },
    { x: 1, y: 1 },
    { x: -1, y: 1 },
  ];
  const inside = (p: number) => Math.abs(places[p * 2]) < 1 && Math.abs(places[p * 2 + 1]) < 1;
  expect(index.inside(square)).toEqual([...Array(1000).keys()].filter(inside));
  // With a notch to the middle, the points of its triangle are outside.
  const notched = index.inside([...square, { x: 0, y: 0 }]);
  expect(notched).toEqual(
    [...Array(1000).keys()].filter(
      (p) => inside(p) && !(places[p * 2] < 0 && Math.abs(places[p * 2 + 1]) < -places[p * 2]),
    ),
  );
  expect(index.inside(square.slice(0, 2))).toEqual([]);
});

test.each([
  ['no point', new Float32Array(0)],
  ['one point', Float32Array.of(3, 4)],
  ['equal points', new Float32Array(20).fill(1)],
  ['points without a place', new Float32Array(6).fill(Number.NaN)],
])('a grid of %s', (name, own) => {
  const found = new GridIndex(own).nearest({ x: 3, y: 4 }, 10);
  expect(found >= 0).toBe(name === 'one point' || name === 'equal points');
});

test('the view of everything shows every point, and pixels map back', () => {
  const whole = viewOf(boxOf(places)!, size);
  for (let p = 0; p < 1000; p++) {
    if (p === 10) continue;
    const pixel = toPixel(whole, size, places[p * 2], places[p * 2 + 1]);
    expect(pixel.x).toBeGreaterThanOrEqual(0);
    expect(pixel.y).toBeLessThanOrEqual(size.height);
    const back = toMap(whole, size, pixel.x, pixel.y);
    expect(back.x).toBeCloseTo(places[p * 2], 5);
    expect(back.y).toBeCloseTo(places[p * 2 + 1], 5);
  }
});

test('zooming keeps the point under the pointer, within limits', () => {
  const whole = viewOf(boxOf(places)!, size);
  const before = toMap(whole, size, 120, 77);
  const view = zoomed(whole, size, 3, 120, 77, whole);
  const after = toMap(view, size, 120, 77);
  expect(view.scale).toBeCloseTo(whole.scale * 3, 8);
  expect(after.x).toBeCloseTo(before.x, 8);
  expect(after.y).toBeCloseTo(before.y, 8);
  expect(zoomed(whole, size, 1e9, 0, 0, whole).scale).toBe(limited({ ...whole, scale: 1e30 }, whole).scale);
  expect(between(whole, view, 0)).toEqual(whole);
  expect(between(whole, view, 1).scale).toBeCloseTo(view.scale, 8);
});

test('labels never cover each other, and never vanish on the way in', () => {
  const words = places.slice(40, 200);
  const labels = Array.from({ length: 80 }, () => ({ width: 60, height: 16 }));
  const whole = viewOf(boxOf(words)!, size);
  const zooms = labelZooms(words, labels, [...labels.keys()], whole);
  expect(zooms[0]).toBe(0);
  for (const level of [1, 1.3, 1.3 ** 5, 1.3 ** 12]) {
    const view = { ...whole, scale: whole.scale * level };
    const shown = [...labels.keys()].filter((i) => zooms[i] <= level * 1.0001);
    for (const i of shown)
      for (const j of shown) {
        if (i === j) continue;
        const a = toPixel(view, size, words[i * 2], words[i * 2 + 1]);
        const b = toPixel(view, size, words[j * 2], words[j * 2 + 1]);
        expect(Math.abs(a.x - b.x) >= 59.9 || Math.abs(a.y - b.y) >= 15.9).toBe(true);
      }
  }
});
