/** Writes the labels of words on one canvas, for a texture. */

export interface LabelSheet {
  readonly canvas: HTMLCanvasElement;
  /** float32 [labels, 4]: left, top, width, height of each label in the texture, in its pixels. */
  readonly boxes: Float32Array;
}

const FONT = 12;
const OUTLINE = 3;
/** Width of the texture, in pixels; every WebGL 2 device takes 2048 and more. */
const WIDTH = 2048;

/** @param density pixels of the screen per CSS pixel */
export function labelSheet(labels: readonly string[], density: number): LabelSheet {
  const canvas = document.createElement('canvas');
  const font = `600 ${FONT * density}px system-ui, sans-serif`;
  const pad = Math.ceil(OUTLINE * density);
  const line = Math.ceil(FONT * density * 1.25) + 2 * pad;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.font = font;
  const boxes = new Float32Array(labels.length * 4);
  let [x, y] = [0, 0];
  for (const [i, label] of labels.entries()) {
    const width = Math.min(WIDTH, Math.ceil(context.measureText(label).width) + 2 * pad);
    if (x + width > WIDTH) [x, y] = [0, y + line];
    boxes.set([x, y, width, line], i * 4);
    x += width;
  }
  canvas.width = WIDTH;
  canvas.height = Math.max(1, y + line);
  context.font = font;
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 2 * OUTLINE * density * 0.7;
  // Channels do not overlap: "lighter" adds the red letters to their green outline.
  context.globalCompositeOperation = 'lighter';
  context.fillStyle = '#000';
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const [i, label] of labels.entries()) {
    const [left, top] = [boxes[i * 4] + pad, boxes[i * 4 + 1] + line / 2];
    context.strokeStyle = '#0f0';
    context.strokeText(label, left, top, WIDTH - 2 * pad);
    context.fillStyle = '#f00';
    context.fillText(label, left, top, WIDTH - 2 * pad);
  }
  return { canvas, boxes };
}
