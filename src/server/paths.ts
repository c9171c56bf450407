/**
 * The files below `api/`, which the server answers and an export writes. A path is also the path of the exported file.
 * `ID` is a run's id of {@link runListingSchema}.
 */

import { ALL_FOLDS, type MapMethod } from './messages/map.js';

/** Files of a run's map; without a fold, of all its folds ({@link ALL_FOLDS}). */
const inMap = (id: string, fold: string = ALL_FOLDS) => `runs/${id}/maps/${fold}`;

/** Files of a run's results by a reading; without a name, by the network's own. */
const inReading = (id: string, reading?: string) => `runs/${id}${reading ? `/readings/${reading}` : ''}`;

export const PATHS = {
  /** {@link studioSchema} */
  studio: 'studio.json',
  /** {@link runsSchema} */
  runs: 'runs.json',
  /** {@link liveRunSchema} */
  folds: (id: string) => `runs/${id}/folds.json`,
  /** Server-sent events (src/server/messages/live.ts); of a server only. */
  events: (id: string) => `runs/${id}/events`,
  /** The run's summary, as `lexel report` writes it to summary.json. */
  summary: (id: string) => `runs/${id}/summary.json`,
  /** {@link modelsSchema} */
  models: 'models.json',
  /** The bundled model (assets/models). */
  bundledModel: 'models/bundled.safetensors',
  /** The model file of a finished fold. */
  foldModel: (id: string, fold: string) => `runs/${id}/models/${fold}`,
  /** Word vectors that ship with Lexel (assets/words): `pack` for CIFAR-100 and any words, `shapes` for the shapes world. */
  words: (set: 'pack' | 'shapes') => `words/${set}.lexw`,
  /** The WebAssembly kernels (assets/lexel.wasm), which the pages run. */
  kernels: 'lexel.wasm',
  /** {@link resultsSchema} */
  results: (id: string, reading?: string) => `${inReading(id, reading)}/results.json`,
  /** A figure as an SVG file. */
  figure: (id: string, name: string, reading?: string) => `${inReading(id, reading)}/figures/${name}.svg`,
  /** `classes.csv` or `zero-shot.csv`, as `lexel report` writes them. */
  csv: (id: string, name: 'classes' | 'zero-shot', reading?: string) =>
    `${inReading(id, reading)}/${name}.csv`,
  /** {@link classImagesSchema} */
  classImages: (id: string, index: number) => `runs/${id}/classes/${index}.json`,
  /** {@link mapSchema} */
  map: (id: string, fold?: string) => `${inMap(id, fold)}/map.json`,
  /** {@link MapPoints} */
  mapPoints: (id: string, fold?: string) => `${inMap(id, fold)}/points.bin`,
  /** Places by a method, see {@link readPlaces}. UMAP takes some seconds the first time. */
  mapPlaces: (id: string, method: MapMethod, fold?: string) => `${inMap(id, fold)}/${method}.bin`,
  /** {@link MapNeighbours} */
  mapNeighbours: (id: string, fold?: string) => `${inMap(id, fold)}/neighbours.bin`,
  /** The pictures of the map as a WebP file, see `pictures` of {@link mapSchema}. */
  mapAtlas: (id: string, index: number | string, fold?: string) => `${inMap(id, fold)}/atlas-${index}.webp`,
  /** {@link vocabularySchema}; of a server only, like the next one, which is posted to. */
  vocabulary: (id: string) => `runs/${id}/vocabulary.json`,
  /** {@link mapWordsRequestSchema}, {@link mapWordsSchema} */
  mapWords: (id: string, fold?: string) => `${inMap(id, fold)}/words`,
  /** {@link exportedComparisonsSchema}; of an export only. */
  comparisons: 'comparisons.json',
  /** {@link comparisonSchema}; an export has those of two runs that comparisons.json lists. */
  compare: (ids: readonly string[]) => `compare/${ids.join('+')}.json`,
  /** {@link startChoicesSchema}; with `--allow-runs` only, like the next three, which are posted to. */
  startChoices: 'start.json',
  start: 'start',
  stop: (id: string) => `runs/${id}/stop`,
  resume: (id: string) => `runs/${id}/resume`,
} as const;

/** A path of {@link PATHS} in an address: names of folds may have any characters, `+` joins the runs of a comparison. */
export const encodedPath = (path: string): string =>
  path.split('/').map(encodeURIComponent).join('/').replaceAll('%2B', '+');
