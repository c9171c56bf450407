/**
 * Draws a map with WebGL 2, in at most four calls a frame: pictures (or dots), lines, the dots of words, and labels. What
 * belongs to points lies in buffers that are written when the map, an epoch or the selection changes. A frame writes some
 * uniforms, so its cost in JavaScript does not depend on the number of points.
 */
import type { Size, View } from '../view.js';
import { type Gpu, makeGpu, makePictures, type Pictures, withArrays } from './gpu.js';
import { type LabelSheet, labelSheet } from './label-sheet.js';
import { type Program, rendererOf } from './program.js';

/** How a point is drawn. */
export const MARKS = { plain: 0, behind: 1, chosen: 2 } as const;

/** Stands for "no place" on the GPU. */
const ABSENT = 1e30;

export interface ScenePoints {
  /** The first points are words, the others images; of these, the first are held out. */
  readonly words: number;
  readonly heldOut: number;
  readonly count: number;
  /** Class of each point. */
  readonly classOf: Int32Array;
  /** Label of each word. */
  readonly labels: readonly string[];
}

const COLOUR_NAMES = ['ink', 'paper', 'accent', 'quiet'] as const;

/** Red, green and blue from 0 to 1. */
export type Colours = Readonly<Record<(typeof COLOUR_NAMES)[number], readonly number[]>>;

/** What a scene keeps of its points, without places and marks yet. */
const fresh = (points: ScenePoints) => {
  const places = () => new Float32Array(points.count * 2).fill(ABSENT);
  return {
    points,
    ends: [places(), places()] as const,
    marks: new Uint8Array(points.count),
    zooms: new Float32Array(points.words),
  };
};

export class MapScene {
  readonly renderer: { readonly name: string; readonly software: boolean };
  /** Share of the way from the first to the second places. */
  mixing = 1;
  private gpu: Gpu | null = null;
  private points: ScenePoints;
  private ends: readonly [Float32Array, Float32Array];
  private marks: Uint8Array;
  private zooms: Float32Array;
  private links = new Uint32Array(0);
  private sheet: LabelSheet | null = null;
  private density = 1;
  private pictures: Pictures | null = null;
  private colours: Colours = { ink: [0, 0, 0], paper: [1, 1, 1], accent: [0, 0, 1], quiet: [0.5, 0.5, 0.5] };

  /** @returns null if the browser has no WebGL 2 */
  static open(canvas: HTMLCanvasElement, points: ScenePoints): MapScene | null {
    const gl = canvas.getContext('webgl2', { antialias: false, alpha: false });
    return gl ? new MapScene(gl, canvas, points) : null;
  }

  private constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly canvas: HTMLCanvasElement,
    points: ScenePoints,
  ) {
    this.renderer = rendererOf(gl);
    ({ points: this.points, ends: this.ends, marks: this.marks, zooms: this.zooms } = fresh(points));
    this.restore();
  }

  /** Draws other points with the same pictures: the images stay, the words may change. They have no places yet. */
  setPoints(points: ScenePoints): void {
    ({ points: this.points, ends: this.ends, marks: this.marks, zooms: this.zooms } = fresh(points));
    this.links = new Uint32Array(0);
    if (this.sheet) this.sheet = labelSheet(points.labels, this.density);
    const { gl, gpu } = this;
    if (!gpu || gl.isContextLost()) return;
    this.gpu = withArrays(gl, gpu, points.words);
    this.writePoints(this.gpu);
    this.writeLinks();
    this.writeSheet();
  }

  /** Makes everything on the GPU again, after the context was lost. */
  restore(): void {
    const { gl, points } = this;
    if (gl.isContextLost()) return;
    this.gpu = makeGpu(gl, points.words);
    this.writePoints(this.gpu);
    this.writeLinks();
    this.writeSheet();
    this.writePictures();
  }

  /** The places to mix, [n, 2] each; a point without a finite place is not drawn. */
  setPlaces(from: Float32Array, to: Float32Array): void {
    for (const [end, places] of [from, to].entries()) {
      const own = this.ends[end];
      for (let i = 0; i < own.length; i++) own[i] = Number.isFinite(places[i]) ? places[i] : ABSENT;
      if (this.gpu) this.write(end === 0 ? this.gpu.buffers.a : this.gpu.buffers.b, own);
    }
  }

  /** One of {@link MARKS} for each point. */
  setMarks(marks: Uint8Array): void {
    this.marks.set(marks);
    if (this.gpu) this.write(this.gpu.buffers.marks, this.marks);
  }

  /** Pairs of points to join by lines. */
  setLinks(pairs: Uint32Array<ArrayBuffer>): void {
    this.links = pairs;
    this.writeLinks();
  }

  setPictures(pictures: Pictures): void {
    this.pictures = pictures;
    this.writePictures();
  }

  setColours(colours: Colours): void {
    this.colours = colours;
  }

  /** Zoom from which on each label is shown (label-zoom.ts). */
  setLabelZooms(zooms: Float32Array): void {
    this.zooms = zooms;
    if (this.gpu) this.write(this.gpu.buffers.zooms, zooms);
  }

  /** Fits the drawing to the canvas. @param density pixels of the screen per CSS pixel */
  resize({ width, height }: Size, density: number): void {
    this.canvas.width = Math.max(1, Math.round(width * density));
    this.canvas.height = Math.max(1, Math.round(height * density));
    if (density === this.density && this.sheet) return;
    this.density = density;
    this.sheet = labelSheet(this.points.labels, density);
    this.writeSheet();
  }

  /** Width and height of each label, in CSS pixels. */
  labelSizes(): Size[] {
    const { sheet, density } = this;
    const sizeAt = (at: number) => (sheet ? sheet.boxes[at] / density : 0);
    return this.points.labels.map((_, i) => ({ width: sizeAt(i * 4 + 2), height: sizeAt(i * 4 + 3) }));
  }

  /**
   * Draws a frame.
   * @param zoom scale of the view as a factor of the view of everything
   * @param side of a picture, in CSS pixels
   */
  draw(view: View, zoom: number, side: number): void {
    const { gl, gpu, points, colours, canvas, density, sheet } = this;
    if (!gpu || gl.isContextLost()) return;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(colours.paper[0], colours.paper[1], colours.paper[2], 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    const images = points.count - points.words;
    if (images > 0 && this.pictures) {
      const { uniform } = this.begin(gpu.images, gpu.arrays.images, view);
      gl.uniform1f(uniform('side'), side * density);
      gl.uniform1i(uniform('tilesAcross'), this.pictures.across);
      gl.uniform1i(uniform('heldOutCount'), points.heldOut);
      gl.bindTexture(gl.TEXTURE_2D_ARRAY, gpu.pictures);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, images);
    } else if (images > 0) {
      this.dots(gpu, view, [points.words, images], true, Math.max(2, side / 3));
    }
    if (this.links.length > 0) {
      this.begin(gpu.lines, gpu.arrays.lines, view);
      gl.drawElements(gl.LINES, this.links.length, gl.UNSIGNED_INT, 0);
    }
    if (points.words === 0) return;
    this.dots(gpu, view, [0, points.words], false, 8);
    if (!sheet) return;
    const { uniform } = this.begin(gpu.labels, gpu.arrays.labels, view);
    gl.uniform1f(uniform('zoom'), zoom);
    gl.uniform1f(uniform('density'), density);
    gl.uniform2f(uniform('sheet'), sheet.canvas.width, sheet.canvas.height);
    gl.bindTexture(gl.TEXTURE_2D, gpu.written);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, points.words);
  }

  /** What was drawn last, as a PNG file; only in the task in which it was drawn. */
  picture(done: (png: Blob) => void): void {
    this.canvas.toBlob((png) => png && done(png), 'image/png');
  }

  /** Frees the context; browsers allow only a few of them. */
  dispose(): void {
    this.gpu = null;
    this.gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  private dots(gpu: Gpu, view: View, [first, count]: [number, number], byClass: boolean, size: number): void {
    const { gl, density } = this;
    const { uniform } = this.begin(gpu.dots, gpu.arrays.dots, view);
    gl.uniform1f(uniform('side'), size * density);
    gl.uniform1i(uniform('byClass'), byClass ? 1 : 0);
    gl.uniform1i(uniform('ring'), byClass ? 0 : 1);
    gl.drawArrays(gl.POINTS, first, count);
  }

  private begin(program: Program, array: WebGLVertexArrayObject, view: View): Program {
    const { gl, canvas, density, colours } = this;
    const { uniform } = program;
    gl.useProgram(program.program);
    gl.bindVertexArray(array);
    const scale = 2 * view.scale * density;
    gl.uniform2f(uniform('centre'), view.x, view.y);
    gl.uniform2f(uniform('scale'), scale / canvas.width, scale / canvas.height);
    gl.uniform2f(uniform('pixel'), 2 / canvas.width, 2 / canvas.height);
    gl.uniform1f(uniform('mixing'), this.mixing);
    for (const name of COLOUR_NAMES) {
      const [red, green, blue] = colours[name];
      gl.uniform3f(uniform(name), red, green, blue);
    }
    return program;
  }

  private write(buffer: WebGLBuffer, data: Float32Array | Int32Array | Uint8Array): void {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
  }

  private writePoints({ buffers }: Gpu): void {
    this.write(buffers.classes, this.points.classOf);
    this.write(buffers.marks, this.marks);
    this.write(buffers.a, this.ends[0]);
    this.write(buffers.b, this.ends[1]);
    this.write(buffers.zooms, this.zooms);
  }

  private writeLinks(): void {
    const { gl, gpu } = this;
    if (!gpu) return;
    gl.bindVertexArray(gpu.arrays.lines);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, this.links, gl.DYNAMIC_DRAW);
    gl.bindVertexArray(null);
  }

  private writeSheet(): void {
    const { gl, gpu, sheet } = this;
    if (!gpu || !sheet) return;
    this.write(gpu.buffers.boxes, sheet.boxes);
    gl.bindTexture(gl.TEXTURE_2D, gpu.written);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, sheet.canvas);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
      gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
  }

  private writePictures(): void {
    const { gl, gpu, pictures } = this;
    if (!gpu || !pictures) return;
    gl.deleteTexture(gpu.pictures);
    this.gpu = { ...gpu, pictures: makePictures(gl, pictures) };
  }
}
