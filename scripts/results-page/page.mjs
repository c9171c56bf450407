/** The sections of docs/RESULTS.md, in order. */
import { readFileSync } from 'node:fs';
import analogies from './sections/analogies.mjs';
import classes from './sections/classes.mjs';
import controls from './sections/controls.mjs';
import holdout from './sections/holdout.mjs';
import introduction from './sections/introduction.mjs';
import joint from './sections/joint.mjs';
import limits from './sections/limits.mjs';
import loo from './sections/loo.mjs';
import nearDuplicates from './sections/near-duplicates.mjs';
import nets from './sections/nets.mjs';
import recipes from './sections/recipes.mjs';
import rotations from './sections/rotations.mjs';
import start from './sections/start.mjs';
import why from './sections/why.mjs';

const lite = () => readFileSync(new URL('./sections/lite.md', import.meta.url), 'utf8');

/** The page, as Markdown. */
export const page = () =>
  `<!-- Computed by scripts/results-page.mjs from docs/results. Change the sections there. -->\n\n${[
    introduction,
    loo,
    rotations,
    why,
    start,
    controls,
    joint,
    recipes,
    holdout,
    nets,
    analogies,
    nearDuplicates,
    lite,
    limits,
    classes,
  ]
    .map((section) => section().trim())
    .join('\n\n')}\n`;
