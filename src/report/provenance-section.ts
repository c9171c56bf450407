/** The page's section on settings and origin. */

import type { Summary } from '../statistics/summary.js';
import { duration, fixed, words } from '../util/format.js';
import { escapeXml as text } from '../util/xml.js';

/** Settings and origin of the run. */
export function provenanceSection({ run, folds }: Summary): string {
  const { config, dataset, words: vectors } = run;
  const { augment, ...plain } = config;
  const rows: [string, string][] = [
    ['command', run.command],
    ['made', `${run.created}, Lexel ${run.lexel}, Node ${run.node}`],
    ['machine', `${run.cpu}, backend ${run.backend} (${run.isa}${run.build ? `, build ${run.build}` : ''})`],
    ['normalisation', run.normalisation === 'fold' ? "of each fold's own training images" : 'data set'],
    [
      'training',
      `${duration(folds.seconds)} over all folds` +
        (folds.imagesPerSecond === null ? '' : `, ${fixed(folds.imagesPerSecond, 0)} images/s a fold`) +
        (folds.parameters === null ? '' : `, ${folds.parameters.toLocaleString('en')} parameters`),
    ],
    ['protocol, recipe, preset, seed', `${run.protocol}, ${run.recipe}, ${run.preset}, ${run.seed}`],
    ...(run.control ? [['control', run.control] as [string, string]] : []),
    ...(run.reading ? [['reading', run.reading.name] as [string, string]] : []),
    [
      'images',
      `${dataset.name}: ${dataset.classes} classes, ${dataset.trainCount.toLocaleString('en')} training and ${dataset.testCount.toLocaleString('en')} test images, hash ${dataset.hash}`,
    ],
    [
      'dropped duplicates',
      `${folds.droppedDuplicates} training images over all folds, equal to a held-out one`,
    ],
    ['word vectors', `${vectors.source}, ${vectors.dimension} dimensions, checksum ${vectors.checksum}`],
    ['labels formed as the mean of their words', vectors.multiWord.map(words).join(', ') || 'none'],
    ['labels found through an alias', vectors.aliased.map(words).join(', ') || 'none'],
    ...Object.entries(plain).map(([key, value]): [string, string] => [key, settingText(value)]),
    ...Object.entries(augment).map(([key, value]): [string, string] => [
      `augment ${key}`,
      settingText(value),
    ]),
  ];
  return `<div class="wrap"><table><tbody>
${rows.map(([key, value]) => `<tr><th scope="row">${text(key)}</th><td>${key === 'command' ? `<code>${text(value)}</code>` : text(value)}</td></tr>`).join('\n')}
</tbody></table></div>`;
}

function settingText(value: unknown): string {
  if (value === null) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
