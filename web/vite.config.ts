/** Builds the studio's pages into dist/studio, which `lexel studio` serves. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that an export works below any path.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: '../dist/studio', emptyOutDir: true, target: 'es2022', sourcemap: false },
  worker: { format: 'es' },
});
