/** The page's colours, for shaders. */
import type { Colours } from './scene.js';

/** Reads them from the style of the canvas: text, background, outline and border (map.css). */
export function coloursOf(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas);
  return {
    ink: parts(style.color),
    paper: parts(style.backgroundColor),
    accent: parts(style.caretColor),
    quiet: parts(style.borderTopColor),
  };
}

/** "rgb(31, 35, 40)" → parts from 0 to 1. */
function parts(text: string): number[] {
  const found =
    text
      .match(/[\d.]+/g)
      ?.slice(0, 3)
      .map(Number) ?? [];
  const most = text.startsWith('color(') ? 1 : 255;
  return [0, 1, 2].map((i) => (found[i] ?? 0) / most);
}
