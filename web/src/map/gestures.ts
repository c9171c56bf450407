/** Mouse, touch and keys on the canvas of a map. */
import type { MapController } from './controller.js';

export type Tool = 'move' | 'lasso';

export interface GestureHandlers {
  readonly tool: () => Tool;
  readonly hover: (point: number, px: number, py: number) => void;
  readonly choose: (point: number) => void;
  /** The outline so far, in pixels of the canvas; empty when it ends. */
  readonly outline: (outline: readonly { x: number; y: number }[]) => void;
  readonly lasso: (points: readonly number[]) => void;
  /** A key that the map does not use itself; true if it was used. */
  readonly key: (key: string) => boolean;
}

/** Movement in pixels below which a press is a click. */
const CLICK = 5;
/** One step of an arrow key, in pixels, and one of the zoom keys. */
const STEP = 60;
const ZOOM = 1.4;

/** @param keys the element that has the focus @returns a function that ends it */
export function listen(
  canvas: HTMLCanvasElement,
  keys: HTMLElement,
  map: MapController,
  on: GestureHandlers,
): () => void {
  const ending = new AbortController();
  const options = { signal: ending.signal };
  const pressed = new Map<number, { x: number; y: number }>();
  let moved = 0;
  let outline: { x: number; y: number }[] | null = null;
  const at = ({ clientX, clientY }: MouseEvent) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const spread = () => {
    const [a, b] = [...pressed.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, distance: Math.hypot(a.x - b.x, a.y - b.y) };
  };

  canvas.addEventListener(
    'pointerdown',
    (event) => {
      canvas.setPointerCapture(event.pointerId);
      pressed.set(event.pointerId, at(event));
      moved = 0;
      // A second finger pinches, also with the lasso.
      outline = pressed.size === 1 && (on.tool() === 'lasso' || event.shiftKey) ? [at(event)] : null;
      on.outline(outline ?? []);
    },
    options,
  );
  canvas.addEventListener(
    'pointermove',
    (event) => {
      const here = at(event);
      const before = pressed.get(event.pointerId);
      if (!before) {
        if (event.pointerType === 'mouse') on.hover(map.pointAt(here.x, here.y), here.x, here.y);
        return;
      }
      moved += Math.hypot(here.x - before.x, here.y - before.y);
      if (outline) {
        pressed.set(event.pointerId, here);
        outline.push(here);
        on.outline(outline);
      } else if (pressed.size === 1) {
        pressed.set(event.pointerId, here);
        map.pan(here.x - before.x, here.y - before.y);
      } else {
        const from = spread();
        pressed.set(event.pointerId, here);
        const to = spread();
        map.pan(to.x - from.x, to.y - from.y);
        if (from.distance > 0) map.zoom(to.distance / from.distance, to.x, to.y);
      }
    },
    options,
  );
  canvas.addEventListener(
    'pointerup',
    (event) => {
      pressed.delete(event.pointerId);
      const { x, y } = at(event);
      if (moved < CLICK) on.choose(map.pointAt(x, y));
      else if (outline) on.lasso(map.pointsInside(outline));
      outline = null;
      on.outline([]);
    },
    options,
  );
  canvas.addEventListener(
    'pointercancel',
    (event) => {
      pressed.delete(event.pointerId);
      outline = null;
      on.outline([]);
    },
    options,
  );
  canvas.addEventListener('pointerleave', () => on.hover(-1, 0, 0), options);
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const { x, y } = at(event);
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      map.zoom(Math.exp(-event.deltaY * lines * 0.0015), x, y);
    },
    { ...options, passive: false },
  );
  keys.addEventListener(
    'keydown',
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (moveByKey(map, event.key) || on.key(event.key)) event.preventDefault();
    },
    options,
  );
  return () => ending.abort();
}

function moveByKey(map: MapController, key: string): boolean {
  switch (key) {
    case 'ArrowLeft':
      map.pan(STEP, 0);
      return true;
    case 'ArrowRight':
      map.pan(-STEP, 0);
      return true;
    case 'ArrowUp':
      map.pan(0, STEP);
      return true;
    case 'ArrowDown':
      map.pan(0, -STEP);
      return true;
    case '+':
    case '=':
      map.zoom(ZOOM);
      return true;
    case '-':
      map.zoom(1 / ZOOM);
      return true;
    case '0':
      map.fit();
      return true;
  }
  return false;
}
