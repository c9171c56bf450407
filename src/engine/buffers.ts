/** Buffers in the arena, and the algorithm that places them. */

/**
 * Floats in a cache line. Buffers start on cache lines, and vector loads may read past a buffer's end, so
 * sizes are rounded up to whole lines.
 */
export const LINE = 16;

export const roundUp = (n: number, multiple = LINE) => Math.ceil(n / multiple) * multiple;

/** A range of the arena. A temporary buffer lives from the first operation that uses it to the last. */
export class Buffer {
  offset = -1;
  first = Number.POSITIVE_INFINITY;
  last = -1;
  constructor(
    readonly name: string,
    readonly floats: number,
    readonly persistent: boolean,
  ) {}
  /** A reference to `floats` floats of this buffer, `delta` floats from its start. */
  at(delta: number, floats: number): Ref {
    return { buffer: this, delta, floats };
  }
}

export interface Ref {
  readonly buffer: Buffer;
  readonly delta: number;
  readonly floats: number;
}

/** The location of a tensor: a whole buffer or a part of one. */
export type Place = Buffer | Ref;

export const bufferOf = (place: Place): Buffer => (place instanceof Buffer ? place : place.buffer);
export const offsetOf = (place: Place): number =>
  place instanceof Buffer ? place.offset : place.buffer.offset + place.delta;
/**
 * Floats that may be accessed at a place. A place that begins on a cache line includes the padding of its
 * last line.
 */
export const roomAt = (place: Place): number =>
  place instanceof Buffer || place.delta % LINE === 0 ? roundUp(place.floats) : place.floats;

/**
 * Places buffers greedily by size: the largest first, each at the lowest offset that is free during its
 * lifetime (Pisarchyk & Lee, "Efficient memory management for deep neural net inference", 2020, section 4).
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

/** The largest number of floats that are live at once during `ops` operations. */
export function peakOf(buffers: readonly Buffer[], ops: number): number {
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
