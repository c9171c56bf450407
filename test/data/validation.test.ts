import { describe, expect, it } from 'vitest';
import { splitValidation } from '../../src/data/index.js';
import type { Dataset } from '../../src/data/types.js';
import { deriveKey } from '../../src/util/random.js';
import { tinyWorld } from '../train/tiny.js';

const world = tinyWorld();
const all = Int32Array.from({ length: world.train.count }, (_, i) => i);
const seen = [0, 1, 3, 4, 6, 7];
const ofSeen = all.filter((i) => seen.includes(world.train.labels[i]));
const key = (fold: string, seed = 1) => deriveKey(seed, 'validation', fold);
const countsOf = (indices: Int32Array) =>
  seen.map((c) => indices.filter((i) => world.train.labels[i] === c).length);

/** The same world, with the pixels of some training images replaced by those of others. */
function withCopies(copies: readonly (readonly [from: number, to: number])[]): Dataset {
  const { size } = world.train;
  const pixels = world.train.pixels.slice();
  const bytes = size * size * 3;
  for (const [from, to] of copies) pixels.copyWithin(to * bytes, from * bytes, (from + 1) * bytes);
  return { ...world, train: { ...world.train, pixels } };
}

describe('splitValidation', () => {
  it('sets the same share of each class apart, and nothing of other classes', () => {
    const { train, validation, droppedDuplicates } = splitValidation(world, ofSeen, seen, 0.25, key('a'));
    expect(countsOf(validation)).toEqual(seen.map(() => 3));
    expect(countsOf(train)).toEqual(seen.map(() => 9));
    expect(droppedDuplicates).toBe(0);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...ofSeen]);
    for (const part of [train, validation]) expect([...part]).toEqual([...part].sort((a, b) => a - b));
  });

  it('draws by its key, and at least one image of a class', () => {
    const draw = (...of: Parameters<typeof key>) =>
      splitValidation(world, ofSeen, seen, 0.01, key(...of)).validation;
    expect(countsOf(draw('a'))).toEqual(seen.map(() => 1));
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
    expect(draw('a')).not.toEqual(draw('a', 2));
  });

  it('does not train on an image with the pixels of a validation image, whatever its label', () => {
    const { train, validation } = splitValidation(world, ofSeen, seen, 0.25, key('a'));
    const [chosen] = validation;
    const otherClass = train.find((i) => world.train.labels[i] !== world.train.labels[chosen])!;
    const [twin, copy] = train.filter((i) => i !== otherClass);
    // The draw is by position, so the same images are drawn.
    const changed = withCopies([
      [chosen, otherClass],
      [twin, copy],
    ]);
    const found = splitValidation(changed, ofSeen, seen, 0.25, key('a'));
    expect(found.validation).toEqual(validation);
    expect(found.droppedDuplicates).toBe(1);
    expect([...found.train]).toEqual([...train].filter((i) => i !== otherClass));
  });

  it('names a class with too few images', () => {
    const one = ofSeen.filter(
      (i) => world.train.labels[i] !== 3 || i === ofSeen.find((j) => world.train.labels[j] === 3),
    );
    expect(() => splitValidation(world, one, seen, 0.1, key('a'))).toThrow(
      `class "${world.classes[3]}" has only 1 training image, but needs at least 2`,
    );
    const none = ofSeen.filter((i) => world.train.labels[i] !== 4);
    expect(() => splitValidation(world, none, seen, 0.1, key('a'))).toThrow(
      `class "${world.classes[4]}" has no training images`,
    );
  });
});
