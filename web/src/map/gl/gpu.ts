/** What a map's scene makes of a WebGL context, and loses with it. */
import { makeProgram, type Program } from './program.js';
import {
  DOT_FRAGMENT,
  DOT_VERTEX,
  IMAGE_FRAGMENT,
  IMAGE_VERTEX,
  LABEL_FRAGMENT,
  LABEL_VERTEX,
  LINE_FRAGMENT,
  LINE_VERTEX,
} from './shaders.js';

export interface Pictures {
  /** Tiles in a row and in a column of an atlas. */
  readonly across: number;
  /** Height and width of all atlases, in pixels. */
  readonly side: number;
  /** Null for those that are not loaded yet. */
  readonly atlases: readonly (ImageBitmap | null)[];
}

type Buffers = Record<'a' | 'b' | 'marks' | 'classes' | 'boxes' | 'zooms' | 'lines', WebGLBuffer>;

export interface Gpu {
  readonly images: Program;
  readonly dots: Program;
  readonly labels: Program;
  readonly lines: Program;
  readonly buffers: Buffers;
  readonly arrays: Record<'images' | 'dots' | 'labels' | 'lines', WebGLVertexArrayObject>;
  readonly pictures: WebGLTexture;
  readonly written: WebGLTexture;
}

/** @param words number of points that are words; the others are images */
export function makeGpu(gl: WebGL2RenderingContext, words: number): Gpu {
  const buffer = () => gl.createBuffer();
  const buffers: Buffers = {
    ...{ a: buffer(), b: buffer(), marks: buffer(), classes: buffer() },
    ...{ boxes: buffer(), zooms: buffer(), lines: buffer() },
  };
  return {
    images: makeProgram(gl, IMAGE_VERTEX, IMAGE_FRAGMENT),
    dots: makeProgram(gl, DOT_VERTEX, DOT_FRAGMENT),
    labels: makeProgram(gl, LABEL_VERTEX, LABEL_FRAGMENT),
    lines: makeProgram(gl, LINE_VERTEX, LINE_FRAGMENT),
    buffers,
    arrays: makeArrays(gl, buffers, words),
    pictures: gl.createTexture(),
    written: gl.createTexture(),
  };
}

/** The same for another number of words. */
export function withArrays(gl: WebGL2RenderingContext, gpu: Gpu, words: number): Gpu {
  for (const array of Object.values(gpu.arrays)) gl.deleteVertexArray(array);
  return { ...gpu, arrays: makeArrays(gl, gpu.buffers, words) };
}

/** Where each array finds the attributes of its points (locations of shaders.ts). */
function makeArrays(gl: WebGL2RenderingContext, buffers: Buffers, words: number): Gpu['arrays'] {
  const floats = (location: number, buffer: WebGLBuffer, size: number, first: number, divisor: number) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(location);
    gl.vertexAttribPointer(location, size, gl.FLOAT, false, 4 * size, first * 4 * size);
    gl.vertexAttribDivisor(location, divisor);
  };
  /** An array of points from `first` on: one for each vertex, or with divisor 1 one for each instance. */
  const points = (first: number, divisor: 0 | 1) => {
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    floats(0, buffers.a, 2, first, divisor);
    floats(1, buffers.b, 2, first, divisor);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.marks);
    gl.enableVertexAttribArray(2);
    gl.vertexAttribIPointer(2, 1, gl.UNSIGNED_BYTE, 1, first);
    gl.vertexAttribDivisor(2, divisor);
    return array;
  };
  const images = points(words, 1);
  const dots = points(0, 0);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffers.classes);
  gl.enableVertexAttribArray(3);
  gl.vertexAttribIPointer(3, 1, gl.UNSIGNED_INT, 4, 0);
  const labels = points(0, 1);
  floats(4, buffers.boxes, 4, 0, 1);
  floats(5, buffers.zooms, 1, 0, 1);
  const lines = points(0, 0);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers.lines);
  gl.bindVertexArray(null);
  return { images, dots, labels, lines };
}

/** All atlases as the layers of one texture, so that one call draws all pictures. */
export function makePictures(gl: WebGL2RenderingContext, { side, across, atlases }: Pictures): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D_ARRAY, texture);
  // Smaller copies stop before tiles would mix.
  const levels = Math.max(1, Math.floor(Math.log2(side / across)));
  gl.texStorage3D(gl.TEXTURE_2D_ARRAY, levels, gl.RGBA8, side, side, Math.max(1, atlases.length));
  for (const [layer, atlas] of atlases.entries())
    if (atlas)
      gl.texSubImage3D(
        gl.TEXTURE_2D_ARRAY,
        ...([0, 0, 0, layer] as const),
        ...([side, side, 1, gl.RGBA, gl.UNSIGNED_BYTE] as const),
        atlas,
      );
  gl.generateMipmap(gl.TEXTURE_2D_ARRAY);
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_NEAREST);
  gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return texture;
}
