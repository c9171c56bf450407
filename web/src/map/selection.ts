/** What is selected on a map, as lists of points and as text. */
import { MAP_WORDS, type MapPoints } from '../../../src/server/messages/map.js';
import { MARKS } from './gl/scene.js';
import type { LoadedMap } from './load-map.js';

export const isWord = ({ about }: LoadedMap, point: number) => point < about.words;

/** Whether the reader has added the word; it is the label of no class. */
export const isAdded = ({ about, added }: LoadedMap, point: number) =>
  point < about.words && point >= about.words - added.length;

/** Label with spaces: "willow tree". */
export const nameOf = ({ about }: LoadedMap, classIndex: number) =>
  (about.classes[classIndex]?.label ?? '').replaceAll('_', ' ');

/** Point of a class's word; −1 if it has no direction. */
export const wordPoint = ({ points, about }: LoadedMap, classIndex: number) =>
  points.classOf.subarray(0, about.words).indexOf(classIndex);

/** Images of a class. */
export function imagesOf({ points, about, count }: LoadedMap, classIndex: number): number[] {
  const found: number[] = [];
  for (let i = about.words; i < count; i++) if (points.classOf[i] === classIndex) found.push(i);
  return found;
}

export interface NearWord {
  readonly classIndex: number;
  readonly cosine: number;
}

/** The words nearest to a point in all dimensions. */
export function nearestWords({ nearest, cosine }: MapPoints, point: number): NearWord[] {
  return Array.from({ length: MAP_WORDS }, (_, j) => ({
    classIndex: nearest[point * MAP_WORDS + j],
    cosine: cosine[point * MAP_WORDS + j],
  })).filter(({ classIndex }) => classIndex >= 0);
}

/** How often each word is the nearest to some images, most often first. */
export function answersFor(
  { points }: LoadedMap,
  images: readonly number[],
): { classIndex: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const image of images) {
    const first = points.nearest[image * MAP_WORDS];
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  return [...counts]
    .map(([classIndex, count]) => ({ classIndex, count }))
    .sort((a, b) => b.count - a.count || a.classIndex - b.classIndex);
}

/** How each point is drawn: a chosen class before the others, with the words near to it. */
export function marksOf(map: LoadedMap, chosenClass: number | null, chosen: readonly number[]): Uint8Array {
  const { points, count } = map;
  const marks = new Uint8Array(count).fill(chosenClass === null ? MARKS.plain : MARKS.behind);
  if (chosenClass !== null) {
    const word = wordPoint(map, chosenClass);
    if (word >= 0)
      for (const { classIndex } of nearestWords(points, word))
        marks[wordPoint(map, classIndex)] = MARKS.plain;
    for (let i = 0; i < count; i++) if (points.classOf[i] === chosenClass) marks[i] = MARKS.chosen;
  }
  for (const point of chosen) marks[point] = MARKS.chosen;
  return marks;
}

/** Lines from the images of a class to its word. */
export function linksOf(map: LoadedMap, chosenClass: number | null): Uint32Array<ArrayBuffer> {
  const word = chosenClass === null ? -1 : wordPoint(map, chosenClass);
  if (chosenClass === null || word < 0) return new Uint32Array(0);
  return Uint32Array.from(imagesOf(map, chosenClass).flatMap((image) => [image, word]));
}

/** CSV of points, with the words near to them. */
export function csvOf(map: LoadedMap, chosen: readonly number[]): string {
  const { points, about, count } = map;
  const list = chosen.length > 0 ? chosen : [...Array(count).keys()];
  const header = ['kind', 'class', 'superclass', 'heldOut', 'fold', 'image', 'rank', 'nearest', 'cosine'];
  const lines = list.map((point) => {
    const { label, superclass, heldOut } = about.classes[points.classOf[point]];
    const [near] = nearestWords(points, point);
    const image = !isWord(map, point);
    return [
      ...[image ? 'image' : isAdded(map, point) ? 'added word' : 'word', label],
      ...[superclass ?? '', heldOut ? 'yes' : 'no'],
      ...(image
        ? [about.folds[points.fold[point]], points.id[point], numberText(points.rank[point])]
        : ['', '', '']),
      ...(near ? [about.classes[near.classIndex].label, near.cosine.toFixed(4)] : ['', '']),
    ];
  });
  return `${[header, ...lines].map((line) => line.map(csvField).join(',')).join('\r\n')}\r\n`;
}

const numberText = (value: number) => (Number.isNaN(value) ? '' : String(value));
/** A leading formula sign would be run by a spreadsheet, so such texts are quoted with an apostrophe. */
const csvField = (value: string | number) => {
  const text = typeof value === 'string' && /^[=+\-@]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
