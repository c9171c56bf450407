/** Formats a measure according to its unit. */

import { measureOf, type Statistic } from '../statistics/measures.js';
import { SHOW, type Show } from './units.js';

export const showStatistic = (name: Statistic): Show => SHOW[measureOf(name).unit];
