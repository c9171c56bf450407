/** Builds networks by the names that the command line and run files use. */

import { UsageError } from '../util/errors.js';
import { knownNames } from '../util/names.js';
import { efficientnetB0 } from './efficientnet.js';
import { LITE_CANDIDATES, lite } from './lite.js';
import { micronet } from './micronet.js';
import type { NetworkOptions } from './options.js';
import { validate } from './parameters.js';

import type { Network } from './types.js';

type Builder = (options: NetworkOptions) => Network;

const BUILDERS: Readonly<Record<string, Builder>> = {
  micronet,
  'efficientnet-b0': (options) => efficientnetB0({ ...options, stemStride: 2 }),
  'efficientnet-b0:s1': (options) => efficientnetB0({ ...options, stemStride: 1 }),
  lite,
};

/** The networks that help texts, errors and completion offer. */
export const NETWORK_NAMES: readonly string[] = Object.keys(BUILDERS);

/**
 * Builds a network by name: one of {@link NETWORK_NAMES}, or one of {@link LITE_CANDIDATES}, which were compared to
 * choose `lite`. The suffix ":s1" of efficientnet-b0 selects a stem of stride 1; the default,
 * ":s2", has stride 2.
 * @throws UsageError for an unknown name or an invalid option
 * @example buildNetwork('micronet', { outputs: 100 })
 */
export function buildNetwork(name: string, options: NetworkOptions): Network {
  const plain = name === 'efficientnet-b0:s2' ? 'efficientnet-b0' : name;
  const network = builderOf(plain)(options);
  validate(network);
  return network;
}

function builderOf(name: string): Builder {
  if (Object.hasOwn(BUILDERS, name)) return BUILDERS[name];
  if (Object.hasOwn(LITE_CANDIDATES, name)) return (options) => lite(options, name);
  throw new UsageError(`no network "${name}"`, knownNames(name, NETWORK_NAMES, 'networks'));
}
