/**
 * Building blocks of the table of operations (ops.ts): the kinds of arguments, and the TypeScript types
 * derived from them. An operation takes sizes (integers, the dimensions of its tensors), then fields:
 * tensors, constants, choices among names, and groups of these that several operations share.
 */

import type { Place } from './buffers.js';
import { LINE } from './buffers.js';
import { CHOICES, type Choice, type ChoiceName, PANEL } from './constants.js';

/**
 * A dimension of a tensor: a size of the operation, a number, a padded product of sizes, or a size with a row
 * distance.
 */
export type Dimension<S extends string> = S | number | Padded<S> | Spaced<S>;
interface Padded<S extends string> {
  readonly product: readonly S[];
  readonly to: number;
}
interface Spaced<S extends string> {
  readonly size: S;
  readonly distance: S;
}
/** A product of sizes, rounded up to whole cache lines. */
export const padded = <S extends string>(...product: S[]): Padded<S> => ({ product, to: LINE });
/** A size, rounded up to whole panels of a packed matrix. */
export const panels = <S extends string>(size: S): Padded<S> => ({ product: [size], to: PANEL });
/** Rows of `size` values that begin `distance` values apart. */
export const spaced = <S extends string>(size: S, distance: S): Spaced<S> => ({ size, distance });

export type Element = 'float' | 'uint8' | 'int32' | 'uint32';
export const ELEMENT_BYTES: Record<Element, number> = { float: 4, uint8: 1, int32: 4, uint32: 4 };

/** How an operation accesses a tensor; `update` reads and writes it, in any order. */
export type Access = 'read' | 'write' | 'update';

export interface Tensor<S extends string = string, O extends boolean = boolean> {
  readonly kind: 'tensor';
  /** A function if it depends on another field of the same group. */
  readonly access: Access | ((group: Record<string, unknown>) => Access);
  readonly element: Element;
  readonly shape: readonly Dimension<S>[];
  readonly optional: O;
}
export interface Constant {
  readonly kind: 'float';
}
export interface ChoiceField<C extends ChoiceName = ChoiceName> {
  readonly kind: 'choice';
  readonly choice: C;
}
type Primitive<S extends string> = Tensor<S> | Constant | ChoiceField;

/** Fields that form one struct in kernels/ops.h. */
export interface Group<
  S extends string = string,
  F extends Record<string, Primitive<S>> = Record<string, Primitive<S>>,
> {
  readonly kind: 'group';
  readonly struct: string;
  readonly about: string;
  readonly fields: F;
  /** Sizes that the struct also holds, each a product of the operation's sizes. */
  readonly sizes: Readonly<Record<string, readonly S[]>>;
  /** Checks the group as a whole, once each field is valid; returns the problem, or null. */
  readonly problem?: (group: Record<string, unknown>) => string | null;
}
export type Field<S extends string> = Primitive<S> | Group<S>;

const tensor = <S extends string>(
  access: Tensor['access'],
  shape: readonly Dimension<S>[],
): Tensor<S, false> => ({
  kind: 'tensor',
  access,
  element: 'float',
  shape,
  optional: false,
});
type SizesIn<T extends readonly Dimension<string>[]> = T[number] extends infer D
  ? D extends string
    ? D
    : D extends Padded<infer P> | Spaced<infer P>
      ? P
      : never
  : never;
const withAccess =
  (access: Access) =>
  <const T extends readonly Dimension<string>[]>(...shape: T) =>
    tensor<SizesIn<T>>(access, shape as unknown as readonly Dimension<SizesIn<T>>[]);
export const read = withAccess('read');
export const write = withAccess('write');
export const update = withAccess('update');
export const float: Constant = { kind: 'float' };
export const choice = <C extends ChoiceName>(name: C): ChoiceField<C> => ({ kind: 'choice', choice: name });

/** A tensor that may be null. */
export const maybe = <S extends string>(of: Tensor<S>): Tensor<S, true> => ({ ...of, optional: true });
export const elements = <S extends string>(element: Element, of: Tensor<S, false>): Tensor<S, false> => ({
  ...of,
  element,
});

/** Checks that either both tensors are given or neither is. */
const together = (first: string, second: string) => (group: Record<string, unknown>) =>
  (group[first] === null) === (group[second] === null) ? null : `${first} and ${second} go together`;

/** gate[image, channel] * act(scale[channel] * x + shift[channel]), of x [images, pixels, channels] (kernels/view.h). */
function anyView<S extends string, T extends Tensor<S>>(x: T, images: S, pixels: readonly S[], channels: S) {
  return {
    kind: 'group',
    struct: 'View',
    about:
      'value[n, p, c] = gate[n, c] * act(scale[c] * x[n, p, c] + shift[c]); a null pointer omits its factor or term.',
    fields: {
      x,
      scale: maybe(tensor<S>('read', [channels])),
      shift: maybe(tensor<S>('read', [channels])),
      gate: maybe(tensor<S>('read', [images, channels])),
      activation: choice('Activation'),
    },
    sizes: { hw: pixels, channels: [channels] },
    problem: together('scale', 'shift'),
  } as const;
}
export const view = <S extends string>(images: S, pixels: readonly S[], channels: S) =>
  anyView(tensor<S>('read', [images, ...pixels, channels]), images, pixels, channels);
/** A view that may be absent (x is null). */
export const maybeView = <S extends string>(images: S, pixels: readonly S[], channels: S) =>
  anyView(maybe(tensor<S>('read', [images, ...pixels, channels])), images, pixels, channels);

/** The gradient of a raw output, computed while reading from the gradient behind its batch norm. */
export const gradientView = <S extends string>(images: S, pixels: readonly S[], channels: S) =>
  ({
    kind: 'group',
    struct: 'GradientView',
    about:
      "dx = alpha[c] * du + beta[c] * x + delta[c] (batch norm's backward), or du itself if coefficients is null.",
    fields: {
      du: tensor<S>('read', [images, ...pixels, channels]),
      x: maybe(tensor<S>('read', [images, ...pixels, channels])),
      coefficients: maybe(tensor<S>('read', [3, padded(channels)])),
    },
    sizes: { channels: [channels] },
    problem: together('x', 'coefficients'),
  }) as const;

/** The destination of an input gradient [images, pixels, channels] (kernels/epilogue.h). */
export const target = <S extends string>(images: S, pixels: readonly S[], channels: S, tiles: S) =>
  ({
    kind: 'group',
    struct: 'Target',
    about:
      'Destination and form of an input gradient. mean: the batch mean of x, if a batch norm precedes the activation.',
    fields: {
      mode: choice('TargetMode'),
      gradient: maybe(
        tensor<S>(({ mode }) => (mode === 'accumulate' ? 'update' : 'write'), [images, ...pixels, channels]),
      ),
      mean: maybe(tensor<S>('read', [channels])),
      sums: maybe(tensor<S>('write', [tiles, 2, padded(channels)])),
      gate: maybe(tensor<S>('write', [images, channels])),
    },
    sizes: {},
    problem: (group: Record<string, unknown>) => {
      const { mode, gradient, gate } = group;
      if ((mode === 'skip') !== (gradient === null)) return `${mode} and its gradient do not go together`;
      if ((mode === 'gated') !== (gate !== null)) return `${mode} and its gate do not go together`;
      return together('mean', 'sums')(group);
    },
  }) as const;

/** Per-channel sums of (x - shift) and (x - shift)^2 over each tile, for the batch norm behind an output. */
export const channelSums = <S extends string>(channels: S, tiles: S) =>
  ({
    kind: 'group',
    struct: 'ChannelSums',
    about:
      'Sums of (x - shift) and (x - shift)^2 per channel over the output of each tile; not computed if the pointers are null.',
    fields: {
      shift: maybe(tensor<S>('read', [channels])),
      sums: maybe(tensor<S>('write', [tiles, 2, padded(channels)])),
    },
    sizes: {},
    problem: together('shift', 'sums'),
  }) as const;

type ValueOf<F> =
  F extends Tensor<string, infer O>
    ? O extends true
      ? Place | null
      : Place
    : F extends Constant
      ? number
      : F extends ChoiceField<infer C>
        ? Choice<C>
        : F extends Group<string, infer G>
          ? { readonly [K in keyof G]: ValueOf<G[K]> }
          : never;

/** An operation's arguments by name. */
export type Arguments<S extends string, F> = { readonly [K in S]: number } & {
  readonly [K in keyof F]: ValueOf<F[K]>;
};
export type ViewArguments = ValueOf<ReturnType<typeof view>>;
export type GradientViewArguments = ValueOf<ReturnType<typeof gradientView>>;
export type TargetArguments = ValueOf<ReturnType<typeof target>>;
export type ChannelSumsArguments = ValueOf<ReturnType<typeof channelSums>>;

export interface SizeGroup<S extends string> {
  readonly struct: string;
  readonly about: string;
  readonly sizes: readonly S[];
}

export interface Operation<S extends string = string, F = Record<string, Field<S>>> {
  /** One-line description of the computation. */
  readonly about: string;
  /** Sizes shared by several operations; they precede the operation's own. */
  readonly shared?: SizeGroup<S>;
  readonly sizes: readonly S[];
  readonly fields: F;
  /**
   * Lower bound of the arithmetic: 2 per multiply-add, 1 per other addition, product or comparison. ops.ts
   * has the cost of each activation.
   */
  operations(args: Arguments<S, F>): number;
}

/** Declares an entry of the table; every dimension of a tensor must be one of its sizes. */
export function operation<
  const G extends string = never,
  const S extends string = never,
  const F extends Record<string, Field<G | S>> = Record<never, never>,
>(
  about: string,
  of: {
    readonly shared?: SizeGroup<G>;
    readonly sizes: readonly S[];
    readonly fields: F;
    readonly operations: (args: Arguments<NoInfer<G | S>, NoInfer<F>>) => number;
  },
): Operation<G | S, F> {
  return { about, ...of };
}

/** Names of an operation's sizes, in order. */
export const sizesOf = ({ shared, sizes }: Pick<Operation, 'shared' | 'sizes'>): string[] => [
  ...(shared?.sizes ?? []),
  ...sizes,
];

/** One encoded argument, as the kernel reads it. */
export type Word =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | {
      readonly kind: 'place';
      readonly place: Place | null;
      readonly tensor: Tensor;
      readonly access: Access;
      /** Bytes of the tensor: its values only, and including the padding of its dimensions. */
      readonly bytes: { readonly values: number; readonly room: number };
    };

type Values = Readonly<Record<string, unknown>>;

/** An operation's arguments with their names, in the order in which its kernel reads them. */
export function* wordsOf(op: Operation, args: object): Generator<{ name: string; word: Word }> {
  const values = args as Values;
  for (const name of sizesOf(op)) yield { name, word: { kind: 'int', value: values[name] as number } };
  for (const [name, field] of Object.entries(op.fields)) {
    if (field.kind !== 'group') {
      yield { name, word: wordOf(field, values[name], values, values) };
      continue;
    }
    const group = values[name] as Values;
    for (const [part, primitive] of Object.entries(field.fields)) {
      yield { name: `${name}.${part}`, word: wordOf(primitive, group[part], group, values) };
    }
  }
}

function wordOf(field: Primitive<string>, value: unknown, siblings: Values, args: Values): Word {
  switch (field.kind) {
    case 'tensor': {
      const access = typeof field.access === 'function' ? field.access(siblings) : field.access;
      const bytes = { values: bytesOf(field, args, false), room: bytesOf(field, args, true) };
      return { kind: 'place', place: value as Place | null, tensor: field, access, bytes };
    }
    case 'choice':
      return { kind: 'int', value: (CHOICES[field.choice] as readonly string[]).indexOf(value as string) };
    case 'float':
      return { kind: 'float', value: value as number };
    default:
      return field satisfies never;
  }
}

function bytesOf({ shape, element }: Tensor, args: Values, padding: boolean): number {
  const size = (name: string) => args[name] as number;
  return shape.reduce<number>((count, dimension) => {
    if (typeof dimension === 'number') return count * dimension;
    if (typeof dimension === 'string') return count * size(dimension);
    if ('size' in dimension) return count * size(padding ? dimension.distance : dimension.size);
    const exact = dimension.product.reduce((product, name) => product * size(name), 1);
    return count * (padding ? Math.ceil(exact / dimension.to) * dimension.to : exact);
  }, ELEMENT_BYTES[element]);
}
