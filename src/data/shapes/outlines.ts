/**
 * Outlines as approximate signed distance functions: negative inside, positive outside. Shapes are upright and fill a
 * circle of radius 1 around the origin, with y pointing down; `form` in 0..1 varies each shape.
 */
import type { Shape } from './vocabulary.js';

/** Euclidean length; much faster than Math.hypot, whose overflow handling is not needed here. */
export const length = (x: number, y: number): number => Math.sqrt(x * x + y * y);

export type Outline = (x: number, y: number) => number;

/** Maximum rotation of each shape in radians, in both directions (a square rotated by 45° would be a diamond). */
export const TURN: Record<Shape, number> = {
  circle: Math.PI,
  square: 0.26,
  triangle: 0.6,
  star: Math.PI,
  cross: 0.3,
  ring: Math.PI,
  heart: 0.5,
  diamond: 0.2,
  hexagon: Math.PI,
  crescent: Math.PI,
};

/** A shape's outline. */
export function outline(shape: Shape, form: number): Outline {
  switch (shape) {
    case 'circle':
      return (x, y) => length(x, y) - 0.95;
    case 'square':
      return (x, y) => box(x, y, 0.82, 0.82);
    case 'triangle':
      return polygon(3, 0.2);
    case 'hexagon':
      return polygon(6, 0);
    case 'star':
      return star(0.4 + 0.12 * form);
    case 'cross': {
      const arm = 0.24 + 0.14 * form;
      return (x, y) => Math.min(box(x, y, 0.98, arm), box(x, y, arm, 0.98));
    }
    case 'ring': {
      const half = 0.12 + 0.1 * form;
      return (x, y) => Math.abs(length(x, y) - (1 - half)) - half;
    }
    case 'heart':
      return heart;
    case 'diamond':
      return rhombus(0.55 + 0.15 * form, 1.05);
    case 'crescent': {
      const shift = 0.42 + 0.16 * form;
      return (x, y) => Math.max(length(x, y) - 1, 0.84 - length(x - shift, y));
    }
  }
}

function box(x: number, y: number, halfWidth: number, halfHeight: number): number {
  return Math.max(Math.abs(x) - halfWidth, Math.abs(y) - halfHeight);
}

/** A regular polygon with a corner at the top; `lower` moves it down, to centre the triangle. */
function polygon(sides: number, lower: number): Outline {
  const apothem = Math.cos(Math.PI / sides);
  const normals = Array.from({ length: sides }, (_, k) => {
    const angle = (2 * Math.PI * (k + 0.5)) / sides - Math.PI / 2;
    return [Math.cos(angle), Math.sin(angle)];
  });
  return (x, y) => {
    let distance = -Infinity;
    for (let k = 0; k < sides; k++)
      distance = Math.max(distance, x * normals[k][0] + (y - lower) * normals[k][1]);
    return distance - apothem;
  };
}

/** Five points; `inner` is the radius of the inner corners. */
function star(inner: number): Outline {
  const sector = Math.PI / 5;
  // The edge runs from the outer corner (1, 0) to the inner one, at angle `sector`.
  const edgeX = inner * Math.cos(sector) - 1;
  const edgeY = inner * Math.sin(sector);
  const edge = length(edgeX, edgeY);
  return (x, y) => {
    const radius = length(x, y);
    const angle = Math.atan2(y, x) + Math.PI / 2;
    const folded = Math.abs(angle - 2 * sector * Math.round(angle / (2 * sector)));
    const fx = radius * Math.cos(folded) - 1;
    const fy = radius * Math.sin(folded);
    return (fy * -edgeX + fx * edgeY) / edge;
  };
}

/** Two circles on the upper sides of a square that stands on its corner. */
function heart(x: number, y: number): number {
  const side = 0.52;
  const bottom = y - 0.2;
  const turned = Math.max(Math.abs(x + bottom), Math.abs(x - bottom)) * Math.SQRT1_2 - side;
  const middle = side * Math.SQRT1_2;
  const circle = length(Math.abs(x) - middle, bottom + middle) - side;
  return Math.min(turned, circle);
}

function rhombus(halfWidth: number, halfHeight: number): Outline {
  const scale = 1 / length(halfWidth, halfHeight);
  return (x, y) => (Math.abs(x) * halfHeight + Math.abs(y) * halfWidth - halfWidth * halfHeight) * scale;
}
