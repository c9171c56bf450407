/** The options of every network builder. */

import { UsageError } from '../util/errors.js';
import { NETWORK_BOUNDS } from './bounds.js';

export interface NetworkOptions {
  /** Width of the output: the dimension of the word vectors. */
  readonly outputs: number;
  /** Height and width of the input in pixels. Default 32. */
  readonly size?: number;
  /** Channel multiplier. Default 1. */
  readonly width?: number;
  /** Multiplier of the number of blocks. Default 1. */
  readonly depth?: number;
  /** Dropout rate before the output layer; each network has its own default. */
  readonly dropout?: number;
}

/** Fills in the defaults. @throws UsageError naming the invalid option */
export function checkOptions(
  network: string,
  options: NetworkOptions,
  defaultDropout: number,
): Required<NetworkOptions> {
  const filled = { size: 32, width: 1, depth: 1, dropout: defaultDropout, ...definedOnly(options) };
  const integer = (name: 'outputs' | 'size', low: number) => {
    if (!Number.isInteger(filled[name]) || filled[name] < low) {
      throw new UsageError(`${network}: ${name} must be an integer of at least ${low}, not ${filled[name]}`);
    }
  };
  integer('outputs', 1);
  integer('size', 8);
  if (filled.size > NETWORK_BOUNDS.size) {
    throw new UsageError(`${network}: size must be at most ${NETWORK_BOUNDS.size}, not ${filled.size}`);
  }
  for (const name of ['width', 'depth'] as const) {
    if (!(filled[name] > 0 && filled[name] <= 16)) {
      throw new UsageError(`${network}: ${name} must be a multiplier in (0, 16], not ${filled[name]}`);
    }
  }
  if (!(filled.dropout >= 0 && filled.dropout < 1)) {
    throw new UsageError(`${network}: dropout must be in [0, 1), not ${filled.dropout}`);
  }
  return filled;
}

/** Drops options given as undefined, because they would override the defaults. */
function definedOnly(options: NetworkOptions): NetworkOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as NetworkOptions;
}
