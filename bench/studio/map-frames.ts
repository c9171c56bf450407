/** Moves a made-up map for some frames in a browser; bench/studio/map.mjs reads the result. */
import { MapController } from '../../web/src/map/controller.js';
import { MapScene } from '../../web/src/map/gl/scene.js';

export interface Frames {
  readonly renderer: string;
  readonly software: boolean;
  /** Largest number of draw calls in a frame. */
  readonly draws: number;
  /** JavaScript in each frame, and the time from frame to frame, in milliseconds. */
  readonly script: readonly number[];
  readonly frame: readonly number[];
}

declare global {
  var measureFrames: (images: number, pictures: boolean, frames: number) => Promise<Frames>;
}

const WORDS = 100;
const TILE = 32;
const ACROSS = 64;
/** Frames before the measured ones: shaders are compiled in the first. */
const WARM_UP = 10;

globalThis.measureFrames = async (images, pictures, frames) => {
  const canvas = document.querySelector('canvas')!;
  const count = WORDS + images;
  const scene = MapScene.open(canvas, {
    ...{ words: WORDS, heldOut: images, count },
    classOf: Int32Array.from({ length: count }, (_, i) => i % WORDS),
    labels: Array.from({ length: WORDS }, (_, i) => `word ${i}`),
  });
  if (!scene) throw new Error('no WebGL 2');
  const places = (spread: number) =>
    Float32Array.from(
      { length: count * 2 },
      (_, i) => spread * Math.sin(i * 12.9898 + (i % 7)) * Math.cos(i * 0.37),
    );
  const controller = new MapController(scene, places(0.2), [...Array(WORDS).keys()], () => false);
  controller.resize({ width: 1200, height: 800 }, 1);
  if (pictures) {
    const atlases = await Promise.all(Array.from({ length: Math.ceil(images / ACROSS ** 2) }, atlas));
    scene.setPictures({ across: ACROSS, side: ACROSS * TILE, atlases });
  }
  // Images of one class are joined to their word, as when a class is chosen.
  scene.setLinks(Uint32Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? WORDS + i * 50 : 0)));
  let draws = 0;
  const gl = canvas.getContext('webgl2')!;
  for (const name of [
    'drawArrays',
    'drawArraysInstanced',
    'drawElements',
    'drawElementsInstanced',
  ] as const) {
    const own = gl[name].bind(gl) as (...all: number[]) => void;
    gl[name] = (...all: number[]) => {
      draws++;
      own(...all);
    };
  }
  controller.moveTo(places(1));
  const script: number[] = [];
  const frame: number[] = [];
  let most = 0;
  let before = 0;
  const own = requestAnimationFrame;
  let drawn = () => {};
  // The controller asks for each frame; its callback is timed as a whole, with all that listens to the view. Nothing else
  // here asks for frames, because the processor time of every callback is counted (map.mjs).
  globalThis.requestAnimationFrame = (callback) =>
    own((time) => {
      draws = 0;
      const begun = performance.now();
      callback(time);
      script.push(performance.now() - begun);
      if (before > 0) frame.push(time - before);
      before = time;
      most = Math.max(most, draws);
      drawn();
    });
  for (let done = 0; script.length < frames + WARM_UP; done++) {
    const next = new Promise<void>((resolve) => {
      drawn = resolve;
    });
    controller.zoom(done % 40 < 20 ? 1.03 : 1 / 1.03);
    controller.pan(Math.sin(done / 9) * 6, 0);
    await next;
  }
  globalThis.requestAnimationFrame = own;
  return {
    renderer: scene.renderer.name,
    software: scene.renderer.software,
    draws: most,
    script: script.slice(WARM_UP),
    frame: frame.slice(WARM_UP),
  };
};

function atlas(): Promise<ImageBitmap> {
  const sheet = document.createElement('canvas');
  sheet.width = ACROSS * TILE;
  sheet.height = ACROSS * TILE;
  const context = sheet.getContext('2d')!;
  for (let i = 0; i < ACROSS * ACROSS; i++) {
    context.fillStyle = `hsl(${(i * 47) % 360} 60% 50%)`;
    context.fillRect((i % ACROSS) * TILE, Math.floor(i / ACROSS) * TILE, TILE, TILE);
  }
  return createImageBitmap(sheet);
}
