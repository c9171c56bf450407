/** The words of the shapes world, and which pairs of them are its classes. */
import { LexelError } from '../../util/errors.js';

export const COLOURS = [
  'red',
  'orange',
  'yellow',
  'green',
  'blue',
  'purple',
  'pink',
  'brown',
  'black',
  'white',
  'grey',
] as const;
export const PATTERNS = ['striped', 'dotted', 'checkered'] as const;
export const SHAPES = [
  'circle',
  'square',
  'triangle',
  'star',
  'cross',
  'ring',
  'heart',
  'diamond',
  'hexagon',
  'crescent',
] as const;

export type Colour = (typeof COLOURS)[number];
export type Pattern = (typeof PATTERNS)[number];
export type Shape = (typeof SHAPES)[number];
export type Attribute = Colour | Pattern;

/** A class: what it looks like and its label, "red_circle". */
export interface ShapeClass {
  readonly label: string;
  readonly attribute: Attribute;
  readonly shape: Shape;
}

const ATTRIBUTES: readonly Attribute[] = [...COLOURS, ...PATTERNS];

/** How many classes there can be. */
export const MAX_SHAPE_CLASSES = ATTRIBUTES.length * SHAPES.length;

/**
 * The first `count` classes of a fixed list in which every ten classes hold each shape once, with ten attributes that
 * differ, and no pair comes twice; sorted by label. So attributes and shapes are as unrelated as a part of all
 * pairs allows, and a multiple of ten gives superclasses (the shapes) of equal size.
 *
 * @throws LexelError when count is not a whole number from 2 to {@link MAX_SHAPE_CLASSES}.
 */
export function shapeClasses(count: number): ShapeClass[] {
  if (!Number.isInteger(count) || count < 2 || count > MAX_SHAPE_CLASSES) {
    throw new LexelError(`the shapes world has 2 to ${MAX_SHAPE_CLASSES} classes, not ${count}`);
  }
  const classes: ShapeClass[] = [];
  for (let i = 0; i < count; i++) {
    const round = Math.floor(i / SHAPES.length);
    const place = i % SHAPES.length;
    // 5 and 3 share no divisor with 14, the number of attributes: rounds and shapes both run through all of them.
    const attribute = ATTRIBUTES[(5 * round + 3 * place) % ATTRIBUTES.length];
    const shape = SHAPES[place];
    classes.push({ label: `${attribute}_${shape}`, attribute, shape });
  }
  return classes.sort((a, b) => (a.label < b.label ? -1 : 1));
}
