/** On which instruction sets and builds of the kernels kept runs were trained. */
import { load } from './kept.mjs';

/** "avx512, build 9d5976cf" of a fold; several if it was resumed elsewhere. */
export const engineOf = ({ record }) =>
  record.engines.map(({ isa, build }) => `${isa}, build ${build.slice(0, 8)}`).join(' and ') || 'unrecorded';

/** Says so if runs that are compared were trained with other engines; else empty. */
export function otherEngines(...names) {
  const engines = new Set(names.flatMap((name) => load(name).folds.map(engineOf)));
  return engines.size < 2
    ? ''
    : ` The runs also differ in instruction set and build (${[...engines].join('; ')}).`;
}
