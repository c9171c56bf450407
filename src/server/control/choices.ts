/** What a run that is started from the pages may consist of. */

import { findDataset, PUBLISHED_NAMES } from '../../data/index.js';
import { NETWORK_NAMES } from '../../nn/index.js';
import { PRESETS, RECIPE_NAMES } from '../../train/index.js';
import { LexelError } from '../../util/errors.js';
import { findWords } from '../../words/index.js';
import type { StartChoices, StartRequest } from '../messages/control.js';

/** By the argument of `--protocol`. */
const PROTOCOLS = {
  'one-per-superclass': 'one class of each superclass at a time: a few folds',
  'holdout:15': 'random groups of 15 classes: a few folds',
  'holdout:20': 'random groups of 20 classes: a few folds',
  loo: 'each class on its own, as in the poster: as many folds as classes',
} as const;

/** Words that hold the labels of a published data set, the best first. */
const WORDS = ['glove', 'pack'];

const isThere = (find: () => unknown): boolean => {
  try {
    find();
    return true;
  } catch (error) {
    if (error instanceof LexelError) return false;
    throw error;
  }
};

/** @param dataDir directory that is searched first for data sets and word vectors */
export function startChoices(dataDir?: string): StartChoices {
  const words = WORDS.filter((name) => isThere(() => findWords(name, { dataDir })));
  const published = PUBLISHED_NAMES.filter((name) => isThere(() => findDataset(name, dataDir)));
  return {
    data: [{ name: 'shapes', words: ['shapes'] }, ...published.map((name) => ({ name, words }))],
    protocols: Object.entries(PROTOCOLS).map(([name, text]) => ({ name, text })),
    nets: [...NETWORK_NAMES],
    recipes: RECIPE_NAMES.map(({ name, about }) => ({ name, text: about })),
    presets: Object.keys(PRESETS),
  };
}

/** The first setting that is none of the choices; null if all are. */
export function wrongSetting(
  request: StartRequest,
  { data, protocols, nets, recipes, presets }: StartChoices,
): string | null {
  const chosen = data.find(({ name }) => name === request.data);
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);
  const allowed: readonly [keyof StartRequest, readonly string[]][] = [
    ['data', names(data)],
    ['words', chosen?.words ?? []],
    ['protocol', names(protocols)],
    ['net', nets],
    ['recipe', names(recipes)],
    ['preset', presets],
  ];
  for (const [key, list] of allowed) {
    const value = request[key] as string;
    if (!list.includes(value)) return `${key} "${value.slice(0, 50)}" is none of ${list.join(', ')}`;
  }
  return null;
}

/** The arguments of `lexel` for a request. */
export function startArguments(request: StartRequest, out: string): string[] {
  const { data, words, protocol, net, recipe, preset, epochs, seed, limit } = request;
  const flags = { data, words, protocol, net, recipe, preset, epochs, seed, limit, out };
  const given = Object.entries(flags).filter(([, value]) => value !== null);
  return ['loo', ...given.flatMap(([name, value]) => [`--${name}`, String(value)])];
}
