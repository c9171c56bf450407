/** Small canvases: the pixels that a network sees, and the part of an image that was taken. */

import { useLayoutEffect, useRef } from 'preact/hooks';

/** Pixels [size, size, 3], each drawn as a square. */
export function Pixels({
  pixels,
  size,
  alt,
}: {
  readonly pixels: Uint8Array;
  readonly size: number;
  /** Empty if the text beside it says it all. */
  readonly alt: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const rgba = new Uint8ClampedArray(size * size * 4).fill(255);
    for (let i = 0; i < size * size; i++) rgba.set(pixels.subarray(3 * i, 3 * i + 3), 4 * i);
    canvas.current?.getContext('2d')?.putImageData(new ImageData(rgba, size, size), 0, 0);
  }, [pixels, size]);
  const named = alt ? ({ role: 'img', 'aria-label': alt } as const) : ({ 'aria-hidden': true } as const);
  return <canvas ref={canvas} class="pixels" width={size} height={size} {...named} />;
}

export function Crop({ crop, alt }: { readonly crop: ImageBitmap; readonly alt: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    canvas.current?.getContext('2d')?.drawImage(crop, 0, 0);
  }, [crop]);
  return (
    <canvas ref={canvas} class="crop" width={crop.width} height={crop.height} role="img" aria-label={alt} />
  );
}
