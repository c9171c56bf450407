/** Moves and draws a map: the view, flights, the way between two epochs, and the pace of frames. */
import { signal } from '@preact/signals';
import type { Colours, MapScene, ScenePoints } from './gl/scene.js';
import { GridIndex } from './grid-index.js';
import { labelZooms } from './label-zoom.js';
import {
  type Box,
  between,
  boxOf,
  limited,
  panned,
  type Size,
  toMap,
  type View,
  viewOf,
  zoomed,
} from './view.js';

/** Duration of a flight and of the way between two epochs, in milliseconds. */
const FLIGHT = 700;
const MORPH = 900;
/** Frames over which the pace is measured. */
const MEASURED = 120;
/** The last epoch by every method fits into it (load-map.ts). */
const EXTENT: Box = { left: -1, right: 1, bottom: -1, top: 1 };
/** Distance in pixels within which a point is hit. */
const REACH = 14;

export interface Pace {
  /** Median time from frame to frame, in milliseconds; null before anything moved. */
  readonly frame: number | null;
  /** 99th percentile of the time in JavaScript, in milliseconds. */
  readonly script: number;
}

export class MapController {
  readonly view = signal<View>({ x: 0, y: 0, scale: 1 });
  readonly pace = signal<Pace>({ frame: null, script: 0 });
  /** The view of everything. */
  whole: View = { x: 0, y: 0, scale: 1 };
  size: Size = { width: 1, height: 1 };
  private places: Float32Array;
  private index: GridIndex | null = null;
  private flight: { from: View; to: View; start: number } | null = null;
  private morphStart: number | null = null;
  private pending = 0;
  private lastFrame = 0;
  private readonly scripts: number[] = [];
  private readonly frames: number[] = [];
  private paceShown = 0;

  /**
   * @param order the first points, which are words, in the order in which their labels are shown
   * @param reduced whether the visitor asked for less motion; then it jumps instead
   */
  constructor(
    private readonly scene: MapScene,
    places: Float32Array,
    private order: readonly number[],
    private readonly reduced: () => boolean,
  ) {
    this.places = places;
    scene.setPlaces(places, places);
  }

  /** Fits the map to the size of its canvas, and shows all of it the first time. */
  resize(size: Size, density: number): void {
    const first = this.size.width === 1;
    this.size = size;
    this.scene.resize(size, density);
    this.whole = viewOf(EXTENT, size);
    this.nameWords();
    if (first) this.view.value = this.whole;
    this.requestFrame();
  }

  /** Shows other words; the images stay where they are. */
  setPoints(points: ScenePoints, places: Float32Array, order: readonly number[]): void {
    this.scene.setPoints(points);
    this.scene.setPlaces(places, places);
    this.scene.mixing = 1;
    this.places = places;
    this.order = order;
    this.index = null;
    this.morphStart = null;
    this.nameWords();
    this.requestFrame();
  }

  /** Moves the points to other places: another epoch or method. */
  moveTo(places: Float32Array): void {
    if (places === this.places) return;
    this.scene.setPlaces(this.places, places);
    // Words stay from epoch to epoch, so only another method moves their labels.
    const words = this.order.length * 2;
    const moved = places.subarray(0, words).some((value, i) => value !== this.places[i]);
    this.places = places;
    this.index = null;
    this.morphStart = this.reduced() ? null : performance.now();
    this.scene.mixing = this.reduced() ? 1 : 0;
    if (moved) this.nameWords();
    this.requestFrame();
  }

  setColours(colours: Colours): void {
    this.scene.setColours(colours);
    this.requestFrame();
  }

  flyTo(to: View): void {
    const target = limited(to, this.whole);
    if (this.reduced()) this.show(target);
    else {
      this.flight = { from: this.view.peek(), to: target, start: performance.now() };
      this.requestFrame();
    }
  }

  /** Flies to a view of some points. */
  flyToPoints(points: Iterable<number>, zoom = 12): void {
    const box = boxOf(this.places, points);
    if (box) this.flyTo(viewOf(box, this.size, this.whole.scale * zoom));
  }

  show(view: View): void {
    this.flight = null;
    this.view.value = view;
    this.requestFrame();
  }

  pan(dx: number, dy: number): void {
    this.show(panned(this.view.peek(), dx, dy));
  }

  /** @param px,py pixel that stays where it is; default: the middle */
  zoom(factor: number, px = this.size.width / 2, py = this.size.height / 2): void {
    this.show(zoomed(this.view.peek(), this.size, factor, px, py, this.whole));
  }

  fit(): void {
    this.flyTo(this.whole);
  }

  /** Factor of the scale of the view of everything. */
  get zoomFactor(): number {
    return this.view.peek().scale / this.whole.scale;
  }

  /** Side of a picture, in pixels: grows more slowly than the map, so that pictures come apart. */
  get pictureSide(): number {
    return Math.max(6, Math.min(56, 9 * Math.sqrt(this.zoomFactor)));
  }

  /** The point under a pixel; −1 if there is none. */
  pointAt(px: number, py: number): number {
    const view = this.view.peek();
    const reach = Math.max(REACH, this.pictureSide / 2);
    return this.grid().nearest(toMap(view, this.size, px, py), reach / view.scale);
  }

  /** Points inside a polygon of pixels. */
  pointsInside(outline: readonly { x: number; y: number }[]): number[] {
    const view = this.view.peek();
    return this.grid().inside(outline.map(({ x, y }) => toMap(view, this.size, x, y)));
  }

  pointsInView(): number[] {
    const { width, height } = this.size;
    return this.pointsInside([
      { x: 0, y: 0 },
      { x: width, y: 0 },
      { x: width, y: height },
      { x: 0, y: height },
    ]);
  }

  requestFrame(): void {
    if (this.pending === 0) this.pending = requestAnimationFrame((time) => this.frame(time));
  }

  /** The canvas as a PNG file. */
  picture(done: (png: Blob) => void): void {
    // In one task with the drawing: afterwards the browser may have cleared the canvas.
    this.drawNow();
    this.scene.picture(done);
  }

  /** Draws without waiting for the next frame, which does not come while a page is printed. */
  drawNow(): void {
    this.scene.draw(this.view.peek(), this.zoomFactor, this.pictureSide);
  }

  dispose(): void {
    cancelAnimationFrame(this.pending);
    this.pending = -1;
    this.scene.dispose();
  }

  private grid(): GridIndex {
    this.index ??= new GridIndex(this.places);
    return this.index;
  }

  private nameWords(): void {
    this.scene.setLabelZooms(labelZooms(this.places, this.scene.labelSizes(), this.order, this.whole));
  }

  private frame(time: number): void {
    this.pending = 0;
    const begun = performance.now();
    if (this.flight) {
      const { from, to, start } = this.flight;
      const t = Math.min(1, (begun - start) / FLIGHT);
      this.view.value = between(from, to, t);
      if (t === 1) this.flight = null;
    }
    if (this.morphStart !== null) {
      const t = Math.min(1, (begun - this.morphStart) / MORPH);
      this.scene.mixing = t * t * (3 - 2 * t);
      if (t === 1) this.morphStart = null;
    }
    this.drawNow();
    this.measure(time, performance.now() - begun);
    if (this.flight || this.morphStart !== null) this.requestFrame();
  }

  private measure(time: number, script: number): void {
    // A long pause before a frame means that nothing moved.
    if (time - this.lastFrame < 1000) push(this.frames, time - this.lastFrame);
    this.lastFrame = time;
    push(this.scripts, script);
    if (time - this.paceShown < 500) return;
    this.paceShown = time;
    this.pace.value = {
      frame: this.frames.length > 0 ? quantile(this.frames, 0.5) : null,
      script: quantile(this.scripts, 0.99),
    };
  }
}

function push(list: number[], value: number): void {
  list.push(value);
  if (list.length > MEASURED) list.shift();
}

function quantile(list: readonly number[], share: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
