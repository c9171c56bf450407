/** Maps of high-dimensional rows in two dimensions, and exact nearest neighbours. */
export { type LayoutOptions, layout } from './layout.js';
export { layoutCache } from './layout-cache.js';
export {
  LAYOUT_METHODS,
  type Layout,
  type LayoutMethod,
  type LayoutTask,
  placeAmong,
} from './methods.js';
export { type Neighbours, nearestRows, type Progress } from './neighbours.js';
export { fitPca, type PcaAxes, projectPca } from './pca.js';
export { UMAP_NEIGHBOURS } from './umap.js';
