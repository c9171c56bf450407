/** The page's sections on the map of words and on the confusion among superclasses. */

import { confusionFigure, MOST_SUPERCLASSES } from '../figures/confusion-chart.js';
import { wordMapFigure } from '../figures/word-map-chart.js';
import { superclassConfusion } from '../statistics/confusion.js';
import type { RunData } from '../statistics/load.js';
import { wordMap } from '../statistics/word-map.js';
import { escapeXml as text } from '../util/xml.js';
import { figure } from './parts.js';

/** A figure, or the reason why a run has none, without a full stop. */
export type Overview = { readonly svg: string } | { readonly reason: string };

export function wordMapOverview(data: RunData): Overview {
  const found = wordMap(data);
  return 'reason' in found ? found : { svg: wordMapFigure(found) };
}

export function confusionOverview(data: RunData): Overview {
  const found = superclassConfusion(data);
  if ('reason' in found) return found;
  const count = found.superclasses.length;
  return count > MOST_SUPERCLASSES
    ? { reason: `a table of ${count} superclasses could not be read` }
    : { svg: confusionFigure(found) };
}

export function wordMapSection(map: Overview): string {
  if ('reason' in map) return missing(map.reason);
  return `${figure(map.svg, 'word-map')}
<p>A short line means that images of a class, none of which was in training, were placed near its word. Outputs that gather in one place, whatever their word, have learned little
more than where the words lie on average. Words and outputs are at unit length after the mean of the seen words was subtracted, as for ranks, by the network's own reading.
The map cannot show how good a result is: much of the variance lies in the dimensions that are left away, and the ranks above are measured in all of them.</p>`;
}

export function confusionSection(confusion: Overview): string {
  if ('reason' in confusion) return missing(confusion.reason);
  return `${figure(confusion.svg, 'confusion')}
<p>The answer to an image is the nearest word among those that its fold holds out, so no word that was seen in training competes. Averages are over the
images of a class, then over classes. A cell far from the diagonal shows what is mixed up, but not why: the images may look alike, or the words may lie close to each
other. Where a fold holds out several words of a superclass, guessing finds it more often: pointing at a cell shows what guessing gives there.</p>`;
}

const missing = (reason: string) => `<p>Not shown: ${text(reason)}.</p>`;
