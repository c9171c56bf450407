/**
 * A program is a flat list of operations over one arena of float32. While it is being built, operations name
 * buffers; when it is done, buffers get their places from their lifetimes and the list becomes one Int32Array of
 * [code, length, arguments...]: an argument is an integer, the bits of a float, or an offset into the arena (-1: none).
 * kernels/run.cc is the other half of this file.
 */

import { LexelError } from '../util/errors.js';
import { wordsOf } from './arguments.js';
import { Buffer, bufferOf, offsetOf, peakOf, placeByLifetime, roomAt, roundUp } from './buffers.js';
import { OP_NAMES, type OpArguments, type OpName, operationOf } from './ops.js';

/** Floats that the last buffer's readers may touch beyond its end. */
const SLACK = 64;
/** Offsets are integers of 32 bits; negative ones stand for no place. */
const LARGEST_ARENA = 2 ** 31 - 1;

export type Op = {
  readonly [N in OpName]: {
    readonly name: N;
    /** What it belongs to, for people: the layer's name. */
    readonly label: string;
    readonly args: OpArguments<N>;
  };
}[OpName];

/** An operation's words, each with the name of its argument. */
export const wordsOfOp = ({ name, args }: Op) => wordsOf(operationOf(name), args);

export interface Layout {
  /** Run once after weights are loaded (evaluation only: packed weights, folded statistics). */
  readonly prepare: Int32Array;
  /** Run for every batch. */
  readonly program: Int32Array;
  /** Size of the arena, without scratch. */
  readonly floats: number;
  /** Floats of temporaries at the fullest moment: no plan can need less. */
  readonly peakTemporary: number;
}

/** Collects operations and buffers. */
export class ProgramBuilder {
  readonly ops: Op[] = [];
  private readonly prepared: Op[] = [];
  private readonly buffers: Buffer[] = [];

  /** A buffer that lives as long as the operations that name it. */
  temporary(name: string, floats: number): Buffer {
    return this.add(new Buffer(name, floats, false));
  }

  /** A buffer that keeps its contents from step to step. */
  persistent(name: string, floats: number): Buffer {
    return this.add(new Buffer(name, floats, true));
  }

  /** @throws Error when an argument is none, or a buffer is too small for what the operation does to it */
  emit<N extends OpName>(name: N, label: string, args: OpArguments<N>): void {
    const op = checked({ name, label, args } as unknown as Op);
    const index = this.ops.length;
    for (const { word } of wordsOfOp(op)) {
      if (word.kind !== 'place' || !word.place) continue;
      const buffer = bufferOf(word.place);
      buffer.first = Math.min(buffer.first, index);
      buffer.last = Math.max(buffer.last, index);
    }
    this.ops.push(op);
  }

  /**
   * An operation that runs once after weights are loaded; the buffers that it names are persistent.
   * @throws Error as {@link emit}
   */
  emitPrepare<N extends OpName>(name: N, label: string, args: OpArguments<N>): void {
    const op = checked({ name, label, args } as unknown as Op);
    for (const { name: argument, word } of wordsOfOp(op)) {
      if (word.kind !== 'place' || !word.place || bufferOf(word.place).persistent) continue;
      throw new Error(`${name} (${label}): ${argument} is a temporary, and this runs before the program`);
    }
    this.prepared.push(op);
  }

  /**
   * Places every buffer and encodes the operations.
   * @throws LexelError when the arena is larger than its offsets, of 32 bits, can say
   */
  finish(): Layout {
    let floats = 0;
    for (const buffer of this.buffers.filter((b) => b.persistent)) {
      buffer.offset = floats;
      floats += roundUp(buffer.floats);
    }
    const temporaries = this.buffers.filter((b) => !b.persistent && b.last >= 0);
    const end = placeByLifetime(temporaries, floats);
    if (end + SLACK > LARGEST_ARENA) {
      throw new LexelError(
        `a plan of ${Math.ceil((end * 4) / 2 ** 30)} GiB is more than a program can address`,
        'use a smaller --batch',
      );
    }
    return {
      prepare: encode(this.prepared),
      program: encode(this.ops),
      floats: end + SLACK,
      peakTemporary: peakOf(temporaries, this.ops.length),
    };
  }

  private add(buffer: Buffer): Buffer {
    this.buffers.push(buffer);
    return buffer;
  }
}

/** Refuses an operation whose arguments do not fit the table. Unchecked, its kernel would read or write past a buffer. */
function checked(op: Op): Op {
  const fail = (name: string, problem: string) => {
    throw new Error(`${op.name} (${op.label}): ${name} ${problem}`);
  };
  for (const { name, word } of wordsOfOp(op)) {
    switch (word.kind) {
      case 'int':
        // A name that is none of a choice's has the place -1.
        if (!Number.isInteger(word.value) || word.value < 0 || word.value > 0x7fffffff)
          fail(name, 'is no size and no choice');
        break;
      case 'float':
        if (!Number.isFinite(word.value)) fail(name, `is ${word.value}`);
        break;
      case 'place': {
        const { place, tensor, bytes } = word;
        if (bytes.room < bytes.values) fail(name, 'has rows that overlap');
        if (!place) {
          if (!tensor.optional) fail(name, 'is missing');
        } else if (roomAt(place) * 4 < bytes.room) {
          fail(name, `takes ${bytes.room / 4} floats, and ${bufferOf(place).name} has ${roomAt(place)}`);
        }
        break;
      }
      default:
        word satisfies never;
    }
  }
  for (const [name, field] of Object.entries(operationOf(op.name).fields)) {
    const problem =
      field.kind === 'group' &&
      field.problem?.((op.args as unknown as Record<string, Record<string, unknown>>)[name]);
    if (problem) fail(name, `is wrong: ${problem}`);
  }
  return op;
}

const bits = new DataView(new ArrayBuffer(4));
function floatBits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}

function encode(ops: readonly Op[]): Int32Array {
  const words: number[] = [];
  for (const op of ops) {
    const start = words.length;
    words.push(OP_NAMES.indexOf(op.name), 0);
    for (const { word } of wordsOfOp(op)) {
      if (word.kind === 'int') words.push(word.value);
      else if (word.kind === 'float') words.push(floatBits(word.value));
      else words.push(word.place ? offsetOf(word.place) : -1);
    }
    words[start + 1] = words.length - start;
  }
  return Int32Array.from(words);
}
