/** The map's shaders. Places at two epochs are mixed on the GPU, so that moving points cost no JavaScript. */

/**
 * Common to all: place and state of a point. A coordinate above 1e20 stands for "has no place at this epoch"; a point that
 * has one at a single end of the way appears or vanishes there.
 */
const COMMON = `#version 300 es
precision highp float;
precision highp int;
layout(location = 0) in vec2 placeA;
layout(location = 1) in vec2 placeB;
layout(location = 2) in uint mark;
uniform vec2 centre;
uniform vec2 scale;
uniform vec2 pixel;
uniform float mixing;
bool absent(vec2 place) { return abs(place.x) > 1e20; }
float presence() { return mix(absent(placeA) ? 0.0 : 1.0, absent(placeB) ? 0.0 : 1.0, mixing); }
vec2 clipPlace() {
  vec2 place = absent(placeA) ? placeB : absent(placeB) ? placeA : mix(placeA, placeB, mixing);
  return (place - centre) * scale;
}
float depthOf(uint m) { return m >= 2u ? 0.2 : m == 1u ? 0.8 : 0.5; }
const vec4 NOWHERE = vec4(2.0, 2.0, 2.0, 1.0);
`;

/** Pictures: a quad per image with a frame, from layers of a texture array. */
export const IMAGE_VERTEX = `${COMMON}
uniform float side;
uniform int tilesAcross;
uniform int heldOutCount;
out vec3 at;
out vec2 corner;
flat out float alpha;
flat out uint state;
flat out float frame;
void main() {
  corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  float shown = presence();
  float size = mark >= 2u ? side * 1.35 : side;
  int perLayer = tilesAcross * tilesAcross;
  int tile = gl_InstanceID % perLayer;
  vec2 cell = vec2(tile % tilesAcross, tile / tilesAcross);
  // Half of a texel stays out, so that neighbouring tiles do not shine through.
  vec2 inset = mix(vec2(0.02), vec2(0.98), corner);
  at = vec3((cell + inset) / float(tilesAcross), gl_InstanceID / perLayer);
  alpha = shown * (mark == 1u ? 0.22 : 1.0);
  state = gl_InstanceID < heldOutCount ? mark : mark + 16u;
  frame = 2.0 / size;
  vec2 offset = (vec2(corner.x, 1.0 - corner.y) - 0.5) * size * pixel;
  gl_Position = shown > 0.0 ? vec4(clipPlace() + offset, depthOf(mark), 1.0) : NOWHERE;
}`;

export const IMAGE_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2DArray;
uniform sampler2DArray pictures;
uniform vec3 ink;
uniform vec3 accent;
uniform vec3 quiet;
in vec3 at;
in vec2 corner;
flat in float alpha;
flat in uint state;
flat in float frame;
out vec4 colour;
void main() {
  vec2 inner = min(corner, 1.0 - corner);
  bool edge = min(inner.x, inner.y) < frame;
  uint m = state & 15u;
  vec3 border = m >= 2u ? accent : state >= 16u ? quiet : ink;
  vec3 picture = texture(pictures, at).rgb;
  bool framed = edge && (m >= 2u || frame < 0.15);
  colour = vec4(framed ? border : picture, alpha);
}`;

/** Dots: images without a picture, coloured by class, and the words. */
export const DOT_VERTEX = `${COMMON}
layout(location = 3) in uint classOf;
uniform float side;
uniform vec3 ink;
uniform vec3 accent;
uniform bool byClass;
flat out vec4 tint;
flat out uint state;
vec3 hue(float h) { return clamp(abs(mod(h * 6.0 + vec3(0.0, 4.0, 2.0), 6.0) - 3.0) - 1.0, 0.0, 1.0); }
void main() {
  float shown = presence();
  vec3 own = byClass ? mix(vec3(0.5), hue(fract(float(classOf) * 0.61803)), 0.6) * 0.85 : ink;
  tint = vec4(mark >= 2u ? accent : own, shown * (mark == 1u ? 0.25 : 0.9));
  state = mark;
  gl_PointSize = mark >= 2u ? side * 1.6 : side;
  gl_Position = shown > 0.0 ? vec4(clipPlace(), depthOf(mark) - (byClass ? 0.0 : 0.05), 1.0) : NOWHERE;
}`;

export const DOT_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
uniform bool ring;
uniform vec3 paper;
flat in vec4 tint;
flat in uint state;
out vec4 colour;
void main() {
  float away = length(gl_PointCoord - 0.5) * 2.0;
  if (away > 1.0) discard;
  colour = ring && away < 0.55 ? vec4(paper, tint.a) : tint;
}`;

/** Labels of words: quads from a texture of written words. */
export const LABEL_VERTEX = `${COMMON}
layout(location = 4) in vec4 box;
layout(location = 5) in float zoomFrom;
uniform vec2 sheet;
uniform float zoom;
uniform float density;
out vec2 at;
flat out uint state;
flat out float alpha;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  bool shown = presence() > 0.0 && (mark >= 2u || (mark == 0u && zoom >= zoomFrom) || zoom >= zoomFrom * 4.0);
  at = (box.xy + corner * box.zw) / sheet;
  state = mark;
  alpha = mark == 1u ? 0.5 : 1.0;
  // Above the dot, in whole pixels of the screen so that letters stay sharp.
  vec2 anchor = floor(clipPlace() / pixel + 0.5) * pixel;
  vec2 offset = vec2((corner.x - 0.5) * box.z, (1.0 - corner.y) * box.w + 5.0 * density) * pixel;
  gl_Position = shown ? vec4(anchor + offset, 0.1, 1.0) : NOWHERE;
}`;

export const LABEL_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
uniform sampler2D written;
uniform vec3 ink;
uniform vec3 accent;
uniform vec3 paper;
in vec2 at;
flat in uint state;
flat in float alpha;
out vec4 colour;
void main() {
  // Red: letters. Green: letters with a wide outline, which separates them from pictures behind.
  vec2 coverage = texture(written, at).rg;
  float all = max(coverage.r, coverage.g);
  if (all < 0.02) discard;
  colour = vec4(mix(paper, state >= 2u ? accent : ink, coverage.r), all * alpha);
}`;

/** Lines from the images of the chosen class to its word. */
export const LINE_VERTEX = `${COMMON}
flat out float alpha;
void main() {
  float shown = presence();
  alpha = shown * 0.35;
  gl_Position = shown > 0.0 ? vec4(clipPlace(), 0.3, 1.0) : NOWHERE;
}`;

export const LINE_FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 accent;
flat in float alpha;
out vec4 colour;
void main() { colour = vec4(accent, alpha); }`;
