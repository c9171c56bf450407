/**
 * Builds a worker, imported with `?worker`, as a chunk of the pages instead of a bundle of its own, so that what pages and
 * workers share is loaded once. Without it, Try it would load zod twice and exceed its budget (`npm run bench:studio`).
 */
import type { BuildOptions, Plugin } from 'vite';

const QUERY = '?worker';
const PREFIX = '\0worker:';

type Output = NonNullable<BuildOptions['rolldownOptions']>['output'];

const oneScript = (output: Output): boolean => !Array.isArray(output) && output?.codeSplitting === false;

export function workersAsChunks(): Plugin {
  return {
    name: 'lexel-workers-as-chunks',
    // A single-file page has one script, and its workers are bundles of their own.
    apply: ({ build }, { command }) => command === 'build' && !oneScript(build?.rolldownOptions?.output),
    enforce: 'pre',
    async resolveId(source, importer) {
      if (!source.endsWith(QUERY)) return null;
      const worker = await this.resolve(source.slice(0, -QUERY.length), importer);
      return worker && PREFIX + worker.id;
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return null;
      const file = this.emitFile({ type: 'chunk', id: id.slice(PREFIX.length) });
      return `export default function () {
        return new Worker(import.meta.ROLLUP_FILE_URL_${file}, { type: 'module' });
      }`;
    },
  };
}
