/** The canvas of a map, with the label under the pointer, the lasso, and the line that says what is loaded and drawn. */

import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ATLAS_SIDE } from '../../../src/server/messages/map.js';
import { route, setQuery } from '../route.js';
import { onThemeChange } from '../ui/theme.js';
import { MapController, type Pace } from './controller.js';
import { listen, type Tool } from './gestures.js';
import { coloursOf } from './gl/colours.js';
import { MapScene, type ScenePoints } from './gl/scene.js';
import type { LoadedMap } from './load-map.js';
import { isAdded, isWord, nameOf } from './selection.js';
import { StatusLine } from './status-line.js';

export interface MapCanvasProps {
  readonly map: LoadedMap;
  /** [n, 2] */
  readonly places: Float32Array;
  /** Name of the method whose places are still computed. */
  readonly waiting: string | null;
  readonly atlases: readonly (ImageBitmap | null)[];
  readonly marks: Uint8Array;
  readonly links: Uint32Array<ArrayBuffer>;
  readonly tool: Tool;
  readonly controller: RefObject<MapController | null>;
  readonly onChoose: (point: number) => void;
  readonly onLasso: (points: readonly number[]) => void;
  readonly onKey: (key: string) => boolean;
}

const reduced = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
/** Time without movement after which the view is written into the address, in milliseconds. */
const SETTLED = 400;

export function MapCanvas(props: MapCanvasProps) {
  const { map, places, waiting, atlases, marks, links, controller } = props;
  const { about, points, count } = map;
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const scene = useRef<MapScene | null>(null);
  const handlers = useRef(props);
  handlers.current = props;
  const [renderer, setRenderer] = useState<MapScene['renderer'] | 'none' | null>(null);
  const [lost, setLost] = useState(false);
  const [pace, setPace] = useState<Pace>({ frame: null, script: 0 });
  const [outline, setOutline] = useState('');
  const [hover, setHover] = useState({ point: -1, x: 0, y: 0 });
  // Added words are named first, then those of held-out classes.
  const order = useMemo(() => {
    const first = (word: number) =>
      isAdded(map, word) ? 2 : Number(about.classes[points.classOf[word]].heldOut);
    return Array.from({ length: about.words }, (_, word) => word).sort(
      (a, b) => first(b) - first(a) || a - b,
    );
  }, [map]);
  const drawn = useRef(map);

  useEffect(() => {
    const own = canvas.current!;
    const opened = MapScene.open(own, scenePoints(map));
    drawn.current = map;
    if (!opened) {
      setRenderer('none');
      return;
    }
    setRenderer(opened.renderer);
    scene.current = opened;
    const made = new MapController(opened, places, order, reduced);
    controller.current = made;
    const recolour = () => made.setColours(coloursOf(own));
    recolour();
    const fill = () => {
      const { clientWidth: width, clientHeight: height } = own;
      if (width > 0) made.resize({ width, height }, devicePixelRatio);
    };
    fill();
    startView(made);
    const observer = new ResizeObserver(fill);
    observer.observe(own);
    const endTheme = onThemeChange(() => requestAnimationFrame(recolour));
    // Paper is light, whatever the theme.
    const paper = matchMedia('print');
    const onPaper = () => {
      recolour();
      made.drawNow();
    };
    paper.addEventListener('change', onPaper);
    const endGestures = listen(own, frame.current!, made, {
      tool: () => handlers.current.tool,
      hover: (point, x, y) => setHover({ point, x, y }),
      choose: (point) => handlers.current.onChoose(point),
      outline: (list) => setOutline(list.map(({ x, y }) => `${x},${y}`).join(' ')),
      lasso: (list) => handlers.current.onLasso(list),
      key: (key) => handlers.current.onKey(key),
    });
    const onLost = (event: Event) => {
      event.preventDefault(); // without this the browser never restores it
      setLost(true);
    };
    const onRestored = () => {
      opened.restore();
      setLost(false);
      made.requestFrame();
    };
    own.addEventListener('webglcontextlost', onLost);
    own.addEventListener('webglcontextrestored', onRestored);
    const endPace = made.pace.subscribe(setPace);
    let settling = 0;
    const endView = made.view.subscribe(() => {
      clearTimeout(settling);
      settling = window.setTimeout(() => writeView(made), SETTLED);
    });
    return () => {
      clearTimeout(settling);
      for (const end of [endTheme, endGestures, endPace, endView]) end();
      observer.disconnect();
      paper.removeEventListener('change', onPaper);
      own.removeEventListener('webglcontextlost', onLost);
      own.removeEventListener('webglcontextrestored', onRestored);
      controller.current = null;
      scene.current = null;
      made.dispose();
    };
  }, []);

  useEffect(() => {
    if (drawn.current === map) return;
    drawn.current = map;
    controller.current?.setPoints(scenePoints(map), places, order);
  }, [map, places]);
  useEffect(() => controller.current?.moveTo(places), [places]);
  useEffect(() => {
    scene.current?.setMarks(marks);
    scene.current?.setLinks(links);
    controller.current?.requestFrame();
  }, [marks, links]);
  useEffect(() => {
    const { pictures } = about;
    if (!pictures || !atlases.some((atlas) => atlas)) return;
    scene.current?.setPictures({ across: ATLAS_SIDE, side: ATLAS_SIDE * pictures.tile, atlases });
    controller.current?.requestFrame();
  }, [atlases]);

  const named = hover.point >= 0 ? tipText(map, hover.point) : null;
  return (
    <div class="map-box">
      {renderer === 'none' && (
        <p class="note" role="alert">
          This browser cannot draw the map: it has no WebGL 2. The classes and the table beside it work
          without it.
        </p>
      )}
      <div
        ref={frame}
        class="map-frame"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is operated by keys
        tabIndex={0}
        role="application"
        aria-label={`Map of ${about.words} words and ${count - about.words} images`}
        aria-describedby="map-keys"
      >
        <canvas ref={canvas} class={`map-canvas ${props.tool}`} />
        {outline && (
          <svg class="map-lasso" aria-hidden="true">
            <polygon points={outline} />
          </svg>
        )}
        {named && (
          <div class="map-tip" style={{ left: `${hover.x + 14}px`, top: `${hover.y + 14}px` }}>
            {named}
          </div>
        )}
        {lost && <p class="note map-over">The graphics of this page were lost; the browser restores them.</p>}
        {waiting && (
          <p class="note map-over" role="status">
            {waiting} is being computed. The first time it takes some seconds.
          </p>
        )}
      </div>
      <StatusLine map={map} atlases={atlases} renderer={renderer} pace={pace} />
      <p id="map-keys" class="quiet map-keys">
        Keys on the map: arrows move, + and − zoom, 0 shows all, [ and ] step through held-out classes, Page
        Up and Page Down through epochs, Escape clears. Touch: one finger moves, two zoom, a tap chooses, a
        long press draws a lasso.
      </p>
    </div>
  );
}

const scenePoints = (map: LoadedMap): ScenePoints => {
  const { about, points, count } = map;
  return {
    ...{ words: about.words, heldOut: about.heldOut.shown, count, classOf: points.classOf },
    labels: Array.from({ length: about.words }, (_, word) => nameOf(map, points.classOf[word])),
  };
};

/** The view of the address, or of everything. */
function startView(made: MapController): void {
  const { x, y, z } = route.peek().query;
  const numbers = [x, y, z].map(Number);
  if (x === undefined || !numbers.every(Number.isFinite)) return;
  made.show({ x: numbers[0], y: numbers[1], scale: numbers[2] * made.whole.scale });
}

function writeView(made: MapController): void {
  if (Math.abs(made.zoomFactor - 1) < 1e-3) {
    setQuery({ x: undefined, y: undefined, z: undefined });
    return;
  }
  const { x, y } = made.view.peek();
  setQuery({ x: x.toPrecision(5), y: y.toPrecision(5), z: made.zoomFactor.toPrecision(4) });
}

function tipText(map: LoadedMap, point: number): string {
  const { points, about } = map;
  const name = nameOf(map, points.classOf[point]);
  if (isWord(map, point)) return `${name} (${isAdded(map, point) ? 'added word' : 'word'})`;
  const rank = points.rank[point];
  const place = Number.isNaN(rank) ? '' : `: its word is ${ordinal(rank)} of ${about.candidates}`;
  return `${name}${place}`;
}

const ordinal = (rank: number) => `no. ${Number.isInteger(rank) ? rank : rank.toFixed(1)}`;
