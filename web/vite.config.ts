/** Builds the studio's pages into dist/studio, which `lexel studio` serves. */
import { defineConfig } from 'vite';
import { workersAsChunks } from './workers-as-chunks.js';

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that an export works below any path.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [workersAsChunks()],
  build: {
    outDir: '../dist/studio',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    // Node loads the engine on demand in modules that a page's worker has loaded already.
    rolldownOptions: { checks: { ineffectiveDynamicImport: false } },
    // A worker has no document that could hold preloads.
    modulePreload: {
      resolveDependencies: (_, dependencies, { hostId }) => (/worker/.test(hostId) ? [] : dependencies),
    },
  },
  worker: { format: 'es' },
});
