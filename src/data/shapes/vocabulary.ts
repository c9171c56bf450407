/** The words of the shapes world, and the pairs of words that are its classes. */
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

/** A class: its appearance and its label, such as "red_circle". */
export interface ShapeClass {
  readonly label: string;
  readonly attribute: Attribute;
  readonly shape: Shape;
}

const ATTRIBUTES: readonly Attribute[] = [...COLOURS, ...PATTERNS];

/** The largest number of classes. */
export const MAX_SHAPE_CLASSES = ATTRIBUTES.length * SHAPES.length;

/**
 * The first `count` classes of a fixed list, sorted by label. Each ten consecutive classes of the list contain every
 * shape once, with ten different attributes, and no pair occurs twice. So attributes and shapes are as independent as a
 * subset of all pairs allows, and with a multiple of ten all superclasses (the shapes) have the same size.
 *
 * @throws LexelError if count is not a whole number from 2 to {@link MAX_SHAPE_CLASSES}.
 */
export function shapeClasses(count: number): ShapeClass[] {
  if (!Number.isInteger(count) || count < 2 || count > MAX_SHAPE_CLASSES) {
    throw new LexelError(`the shapes world has 2 to ${MAX_SHAPE_CLASSES} classes, not ${count}`);
  }
  const classes: ShapeClass[] = [];
  for (let i = 0; i < count; i++) {
    const round = Math.floor(i / SHAPES.length);
    const place = i % SHAPES.length;
    // 5 and 3 have no common divisor with 14, the number of attributes, so rounds and shapes both go through all attributes.
    const attribute = ATTRIBUTES[(5 * round + 3 * place) % ATTRIBUTES.length];
    const shape = SHAPES[place];
    classes.push({ label: `${attribute}_${shape}`, attribute, shape });
  }
  return classes.sort((a, b) => (a.label < b.label ? -1 : 1));
}
