/**
 * A program is a flat list of operations over one arena of float32. While it is being built, operations name
 * buffers; when it is done, buffers get their places from their lifetimes and the list becomes one Int32Array.
 * kernels/run.cc is the other half of this file.
 */

/** Numbers of the operations, in the order of the table in kernels/run.cc. */
export const OP = {
  input: 0,
  pack: 1,
  pointwiseForward: 2,
  pointwiseBackward: 3,
  denseForward: 4,
  denseBackward: 5,
  depthwiseForward: 6,
  depthwiseBackward: 7,
  normFinish: 8,
  normEval: 9,
  normBackward: 10,
  activationBackward: 11,
  pool: 12,
  exciteForward: 13,
  exciteBackward: 14,
  gateGradient: 15,
  add: 16,
  dropout: 17,
  loss: 18,
  clip: 19,
  optimizer: 20,
  reduce: 21,
  labelLoss: 22,
} as const;
export type OpName = keyof typeof OP;

/** Every buffer starts on a cache line, and vectors may read past a buffer's end, so sizes are rounded up. */
const ALIGN = 16;
/** Floats that the last buffer's readers may touch beyond its end. */
const SLACK = 64;

export const roundUp = (n: number, multiple = ALIGN) => Math.ceil(n / multiple) * multiple;

/** A range of the arena. A temporary one lives from the first operation that names it to the last. */
export class Buffer {
  offset = -1;
  first = Number.POSITIVE_INFINITY;
  last = -1;
  constructor(
    readonly name: string,
    readonly floats: number,
    readonly persistent: boolean,
  ) {}
  /** A place inside. */
  at(delta: number): Ref {
    return { buffer: this, delta };
  }
}

export interface Ref {
  readonly buffer: Buffer;
  readonly delta: number;
}

/** An operation's argument: an integer, a float, a place in the arena, or none (null). */
export type Arg = number | { float: number } | Buffer | Ref | null;

export interface Op {
  readonly name: OpName;
  /** What it belongs to, for people: the layer's name. */
  readonly label: string;
  readonly args: readonly Arg[];
}

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

const bits = new DataView(new ArrayBuffer(4));
function floatBits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
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

  emit(name: OpName, label: string, args: readonly Arg[]): void {
    const index = this.ops.length;
    for (const arg of args) {
      const buffer = arg instanceof Buffer ? arg : isRef(arg) ? arg.buffer : undefined;
      if (!buffer) continue;
      buffer.first = Math.min(buffer.first, index);
      buffer.last = Math.max(buffer.last, index);
    }
    this.ops.push({ name, label, args });
  }

  /** An operation that runs once after weights are loaded; the buffers that it names are persistent. */
  emitPrepare(name: OpName, label: string, args: readonly Arg[]): void {
    this.prepared.push({ name, label, args });
  }

  /** Places every buffer and encodes the operations. */
  finish(): Layout {
    let floats = 0;
    for (const buffer of this.buffers.filter((b) => b.persistent)) {
      buffer.offset = floats;
      floats += roundUp(buffer.floats);
    }
    const temporaries = this.buffers.filter((b) => !b.persistent && b.last >= 0);
    const end = placeByLifetime(temporaries, floats);
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

function encode(ops: readonly Op[]): Int32Array {
  const words: number[] = [];
  for (const op of ops) {
    words.push(OP[op.name], op.args.length + 2);
    for (const arg of op.args) {
      if (arg === null) words.push(-1);
      else if (typeof arg === 'number') words.push(arg);
      else if (arg instanceof Buffer) words.push(arg.offset);
      else if (isRef(arg)) words.push(arg.buffer.offset + arg.delta);
      else words.push(floatBits(arg.float));
    }
  }
  return Int32Array.from(words);
}

function isRef(arg: Arg): arg is Ref {
  return typeof arg === 'object' && arg !== null && 'buffer' in arg;
}

/**
 * Greedy by size: the largest buffers first, each at the lowest place where nothing that lives at the same time lies
 * (Pisarchyk & Lee, "Efficient memory management for deep neural net inference", 2020, section 4).
 * @returns the end of the last buffer
 */
export function placeByLifetime(buffers: readonly Buffer[], start: number): number {
  const placed: Buffer[] = [];
  let end = start;
  for (const buffer of [...buffers].sort((a, b) => b.floats - a.floats || a.first - b.first)) {
    const size = roundUp(buffer.floats);
    let offset = start;
    for (const other of placed) {
      if (other.first > buffer.last || other.last < buffer.first) continue;
      if (other.offset >= offset + size) break;
      offset = Math.max(offset, other.offset + roundUp(other.floats));
    }
    buffer.offset = offset;
    end = Math.max(end, offset + size);
    placed.push(buffer);
    placed.sort((a, b) => a.offset - b.offset);
  }
  return end;
}

function peakOf(buffers: readonly Buffer[], ops: number): number {
  const change = new Float64Array(ops + 1);
  for (const b of buffers) {
    change[b.first] += roundUp(b.floats);
    change[b.last + 1] -= roundUp(b.floats);
  }
  let now = 0;
  let peak = 0;
  for (const c of change) {
    now += c;
    peak = Math.max(peak, now);
  }
  return peak;
}
