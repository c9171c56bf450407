/** Mouse, touch and keys on the canvas of a map. */
import type { MapController } from './controller.js';

export type Tool = 'move' | 'lasso';

/** In pixels, from the top left of the canvas. */
interface Place {
  readonly x: number;
  readonly y: number;
}

export interface GestureHandlers {
  readonly tool: () => Tool;
  readonly hover: (point: number, px: number, py: number) => void;
  readonly choose: (point: number) => void;
  /** The outline so far, in pixels of the canvas; empty when it ends. */
  readonly outline: (outline: readonly Place[]) => void;
  readonly lasso: (points: readonly number[]) => void;
  /** A key that the map does not use itself; true if it was used. */
  readonly key: (key: string) => boolean;
}

/** Distance in pixels from its start within which a press is a click; a finger is less steady than a mouse. */
const CLICK = { mouse: 5, touch: 12 };
/** Time after which a finger that rests draws a lasso, in milliseconds. */
const LONG_PRESS = 500;
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
  const pressed = new Map<number, Place>();
  let start: Place = { x: 0, y: 0 };
  let state: 'press' | 'move' | 'lasso' | 'pinch' = 'press';
  let outline: Place[] = [];
  let resting = 0;
  let byFinger = false;
  const at = ({ clientX, clientY }: MouseEvent): Place => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const spread = () => {
    const [a, b] = [...pressed.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, distance: Math.hypot(a.x - b.x, a.y - b.y) };
  };
  const draw = (from: Place) => {
    state = 'lasso';
    outline = [from];
    on.outline(outline);
  };
  const end = () => {
    clearTimeout(resting);
    outline = [];
    on.outline(outline);
  };

  canvas.addEventListener(
    'pointerdown',
    (event) => {
      canvas.setPointerCapture(event.pointerId);
      const here = at(event);
      pressed.set(event.pointerId, here);
      byFinger = event.pointerType !== 'mouse';
      end();
      // A second finger pinches, also with the lasso.
      state = pressed.size > 1 ? 'pinch' : 'press';
      if (state === 'pinch') return;
      start = here;
      if (on.tool() === 'lasso' || event.shiftKey) draw(here);
      else if (byFinger) resting = window.setTimeout(() => draw(here), LONG_PRESS);
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
      const from = pressed.size > 1 ? spread() : null;
      pressed.set(event.pointerId, here);
      if (state === 'press' && distance(start, here) >= reachOf(event)) {
        state = 'move';
        clearTimeout(resting);
        on.hover(-1, 0, 0);
      }
      if (from) {
        const to = spread();
        map.pan(to.x - from.x, to.y - from.y);
        if (from.distance > 0) map.zoom(to.distance / from.distance, to.x, to.y);
      } else if (state === 'lasso') {
        outline.push(here);
        on.outline(outline);
      } else if (state !== 'press' || !byFinger) map.pan(here.x - before.x, here.y - before.y);
    },
    options,
  );
  canvas.addEventListener(
    'pointerup',
    (event) => {
      pressed.delete(event.pointerId);
      const here = at(event);
      const clicked = distance(start, here) < reachOf(event);
      if (state === 'press' || (state === 'lasso' && clicked && outline.length < 3)) {
        const point = map.pointAt(here.x, here.y);
        on.choose(point);
        if (byFinger) on.hover(point, here.x, here.y);
      } else if (state === 'lasso') on.lasso(map.pointsInside(outline));
      // After a pinch, the finger that is left moves the map and chooses nothing.
      if (state !== 'pinch' || pressed.size === 0) state = 'press';
      end();
    },
    options,
  );
  canvas.addEventListener(
    'pointercancel',
    (event) => {
      pressed.delete(event.pointerId);
      end();
    },
    options,
  );
  // A long press would open a menu over the lasso.
  canvas.addEventListener(
    'contextmenu',
    (event) => {
      if (byFinger && pressed.size > 0) event.preventDefault();
    },
    options,
  );
  canvas.addEventListener(
    'pointerleave',
    (event) => {
      // A finger leaves whenever it is lifted; the name that it asked for stays.
      if (event.pointerType === 'mouse') on.hover(-1, 0, 0);
    },
    options,
  );
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
  return () => {
    clearTimeout(resting);
    ending.abort();
  };
}

const distance = (a: Place, b: Place) => Math.hypot(a.x - b.x, a.y - b.y);

const reachOf = ({ pointerType }: PointerEvent) => (pointerType === 'mouse' ? CLICK.mouse : CLICK.touch);

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
