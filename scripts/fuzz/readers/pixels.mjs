// A picture of no meaning: a gradient, as raw pixels.
export function pixelsOf(width, height) {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 256);
  return { data, width, height };
}
