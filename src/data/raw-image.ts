/** Pixels in memory. */

/** Pixels in memory in row-major order from the top, such as a canvas' `ImageData`. */
export interface RawImage {
  /** [height, width, channels], 0 to 255; channels are 1 (grey), 3 (RGB) or 4 (RGBA, not premultiplied). */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}
