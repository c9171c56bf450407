import { describe, expect, it } from 'vitest';
import { findDuplicates } from '../../src/data/duplicates.js';
import {
  COLOURS,
  MAX_SHAPE_CLASSES,
  PATTERNS,
  SHAPES,
  shapeClasses,
} from '../../src/data/shapes/vocabulary.js';
import { shapesWorld } from '../../src/data/shapes/world.js';
import { LexelError } from '../../src/util/errors.js';

describe('shapeClasses', () => {
  it('gives unique pairs; every ten classes contain each shape once', () => {
    const all = shapeClasses(MAX_SHAPE_CLASSES);
    expect(new Set(all.map((c) => c.label)).size).toBe(140);
    for (const count of [10, 60, 100]) {
      for (const shape of SHAPES) {
        expect(shapeClasses(count).filter((c) => c.shape === shape)).toHaveLength(count / 10);
      }
    }
    for (const attribute of [...COLOURS, ...PATTERNS]) {
      const n = shapeClasses(60).filter((c) => c.attribute === attribute).length;
      expect(n).toBeGreaterThanOrEqual(3);
      expect(n).toBeLessThanOrEqual(5);
    }
    expect(shapeClasses(60)[0].label).toMatch(/^[a-z]+_[a-z]+$/);
    expect(() => shapeClasses(141)).toThrow(LexelError);
  });
});

describe('shapesWorld', () => {
  const world = shapesWorld({ perClass: 6, testPerClass: 3 });

  it('has 60 classes, one superclass per shape, and balanced splits', () => {
    expect(world.classes).toHaveLength(60);
    expect([...world.superclasses]).toEqual([...SHAPES]);
    world.classes.forEach((label, c) => {
      expect(label.split('_')[1]).toBe(world.superclasses[world.superclassOf[c]]);
    });
    expect([world.train.count, world.test.count]).toEqual([360, 180]);
    expect(findDuplicates(world)).toEqual([]);
  });

  it("draws each image from the seed and the image's index", () => {
    const more = shapesWorld({ perClass: 8, testPerClass: 3 });
    expect(
      Buffer.compare(more.train.pixels.subarray(0, 6 * 3072), world.train.pixels.subarray(0, 6 * 3072)),
    ).toBe(0);
    expect(Buffer.compare(more.test.pixels, world.test.pixels)).toBe(0);
    expect(shapesWorld({ perClass: 6, testPerClass: 3 }).hash).toBe(world.hash);
    expect(shapesWorld({ perClass: 6, testPerClass: 3, seed: 1 }).hash).not.toBe(world.hash);
  });

  it('draws the colours that the labels name', () => {
    const { classes, train } = shapesWorld({ classes: 140, perClass: 20, testPerClass: 1 });
    /** Mean of a channel over the middle of a class's images. */
    const middle = (label: string) => {
      const sum = [0, 0, 0];
      const c = classes.indexOf(label);
      for (let i = c * 20; i < c * 20 + 20; i++) {
        for (let y = 13; y < 19; y++) {
          for (let x = 13; x < 19; x++) {
            for (let k = 0; k < 3; k++) sum[k] += train.pixels[i * 3072 + (y * 32 + x) * 3 + k] / 720;
          }
        }
      }
      return sum;
    };
    const [red, green, blue, white, black] = ['red', 'green', 'blue', 'white', 'black'].map((c) =>
      middle(`${c}_circle`),
    );
    expect(red[0]).toBeGreaterThan(1.5 * Math.max(red[1], red[2]));
    expect(green[1]).toBeGreaterThan(1.3 * Math.max(green[0], green[2]));
    expect(blue[2]).toBeGreaterThan(1.3 * Math.max(blue[0], blue[1]));
    expect(Math.min(...white)).toBeGreaterThan(180);
    expect(Math.max(...black)).toBeLessThan(90);
  });

  it('accepts other sizes and refuses invalid numbers', () => {
    expect(shapesWorld({ size: 24, perClass: 1, testPerClass: 1, classes: 10 }).train.pixels).toHaveLength(
      10 * 24 * 24 * 3,
    );
    expect(() => shapesWorld({ perClass: 0 })).toThrow('perClass 0');
    expect(() => shapesWorld({ size: 4 })).toThrow('image size 4');
  });
});
