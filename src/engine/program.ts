/**
 * A program is a flat list of operations over one arena of float32. While it is built, operations refer to
 * buffers. `finish` places the buffers according to their lifetimes and encodes the list as one Int32Array of
 * [code, length, arguments...]. An argument is an integer, the bits of a float, or an offset into the arena
 * (-1 for a missing tensor). kernels/run.cc decodes and runs it.
 */

import { LexelError } from '../util/errors.js';
import { wordsOf } from './arguments.js';
import { Buffer, bufferOf, offsetOf, peakOf, placeByLifetime, roomAt, roundUp } from './buffers.js';
import { OP_NAMES, type OpArguments, type OpName, operationOf } from './ops.js';

/** Floats past the end of the last buffer that its readers may touch. */
const SLACK = 64;
/** Offsets are 32-bit integers; negative values mean a missing tensor. */
const LARGEST_ARENA = 2 ** 31 - 1;

export type Op = {
  readonly [N in OpName]: {
    readonly name: N;
    /** The layer's name, for error messages and tables. */
    readonly label: string;
    readonly args: OpArguments<N>;
  };
}[OpName];

/** The operation's encoded arguments, with their names. */
export const wordsOfOp = ({ name, args }: Op) => wordsOf(operationOf(name), args);

export interface Layout {
  /** Runs once after weights are loaded, in evaluation only: packs weights and folds running statistics. */
  readonly prepare: Int32Array;
  /** Runs for every batch. */
  readonly program: Int32Array;
  /** Size of the arena without scratch memory. */
  readonly floats: number;
  /** The largest size of all live temporaries at one time, in floats: a lower bound for any placement. */
  readonly peakTemporary: number;
}

/** Collects operations and buffers. */
export class ProgramBuilder {
  readonly ops: Op[] = [];
  private readonly prepared: Op[] = [];
  private readonly buffers: Buffer[] = [];

  /** A buffer that is live between the first and the last operation that uses it. */
  temporary(name: string, floats: number): Buffer {
    return this.add(new Buffer(name, floats, false));
  }

  /** A buffer that keeps its contents between steps. */
  persistent(name: string, floats: number): Buffer {
    return this.add(new Buffer(name, floats, true));
  }

  /** @throws Error if an argument is invalid, or a buffer is too small for the operation */
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
   * Emits an operation that runs once after weights are loaded. It may use persistent buffers only.
   * @throws Error like {@link emit}
   */
  emitPrepare<N extends OpName>(name: N, label: string, args: OpArguments<N>): void {
    const op = checked({ name, label, args } as unknown as Op);
    for (const { name: argument, word } of wordsOfOp(op)) {
      if (word.kind !== 'place' || !word.place || bufferOf(word.place).persistent) continue;
      throw new Error(
        `${name} (${label}): ${argument} is a temporary buffer, but prepared operations need persistent ones`,
      );
    }
    this.prepared.push(op);
  }

  /**
   * Places every buffer and encodes the operations.
   * @throws LexelError if the arena is larger than 32-bit offsets can address
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
        { code: 'LEXEL_MEMORY' },
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

/**
 * Checks an operation's arguments against the table. A kernel does no checks and would access memory past a
 * buffer.
 */
function checked(op: Op): Op {
  const fail = (name: string, problem: string) => {
    throw new Error(`${op.name} (${op.label}): ${name} ${problem}`);
  };
  for (const { name, word } of wordsOfOp(op)) {
    switch (word.kind) {
      case 'int':
        // An unknown name of a choice has index -1.
        if (!Number.isInteger(word.value) || word.value < 0 || word.value > 0x7fffffff)
          fail(name, 'is not a valid size or choice');
        break;
      case 'float':
        if (!Number.isFinite(word.value)) fail(name, `is ${word.value}`);
        break;
      case 'place': {
        const { place, tensor, bytes } = word;
        if (bytes.room < bytes.values) fail(name, 'has overlapping rows');
        if (!place) {
          if (!tensor.optional) fail(name, 'is missing');
        } else if (roomAt(place) * 4 < bytes.room) {
          fail(name, `needs ${bytes.room / 4} floats, but ${bufferOf(place).name} has ${roomAt(place)}`);
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
