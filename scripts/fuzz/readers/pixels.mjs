// An arbitrary test image: a gradient, as raw RGB pixels.
export function pixelsOf(width, height) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 256);
  return { data, width, height };
}
