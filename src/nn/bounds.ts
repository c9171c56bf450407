import { MAX_SIZE } from '../data/resize.js';

/**
 * Limits on the size of a network. They are checked whenever a network is traced, before memory is allocated for
 * it.
 */
export const NETWORK_BOUNDS = {
  /** Height and width of the input, in pixels; the same limit as for images. */
  size: MAX_SIZE,
  /** Number of layers, including those inside residuals. `efficientnet-b0` with `--depth 16` has 2,514. */
  layers: 10_000,
  /** Nesting depth of residuals. */
  nesting: 16,
  /** Number of learned values: 512 MiB as float32. */
  parameters: 2 ** 27,
  /** Values per image in one layer's output: 512 MiB as float32. `efficientnet-b0:s1` has 2^26.6 at 1024 pixels. */
  activations: 2 ** 27,
} as const;

/**
 * Counts the layers of a network from outside, before its schema recurses into them.
 * @returns the exceeded limit, or null
 */
export function beyondLayers(network: unknown): string | null {
  const open: { layers: unknown; depth: number }[] = [{ layers: member(network, 'layers'), depth: 0 }];
  let count = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const { layers, depth } = next;
    if (!Array.isArray(layers)) continue;
    if (depth > NETWORK_BOUNDS.nesting)
      return `residuals are nested more than ${NETWORK_BOUNDS.nesting} deep`;
    count += layers.length;
    if (count > NETWORK_BOUNDS.layers) return `more than ${NETWORK_BOUNDS.layers} layers`;
    for (const layer of layers) {
      for (const part of ['body', 'shortcut']) open.push({ layers: member(layer, part), depth: depth + 1 });
    }
  }
  return null;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
