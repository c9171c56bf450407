/**
 * Builds the pages as one script and one style sheet into dist/studio-single, for `lexel studio --single-file`. A page from
 * disk may load no file, so workers are carried in the script and start from blobs.
 */
import { defineConfig, mergeConfig, type Plugin } from 'vite';
import pages from './vite.config.js';

/** Imports workers as Vite's inline workers. */
function inlineWorkers(): Plugin {
  return {
    name: 'lexel-inline-workers',
    enforce: 'pre',
    resolveId(source, importer) {
      return source.endsWith('?worker') ? this.resolve(`${source}&inline`, importer) : null;
    },
  };
}

export default mergeConfig(
  pages,
  defineConfig({
    plugins: [inlineWorkers()],
    build: {
      outDir: '../dist/studio-single',
      assetsInlineLimit: () => true,
      cssCodeSplit: false,
      chunkSizeWarningLimit: 2000,
      modulePreload: false,
      rolldownOptions: {
        output: { codeSplitting: false, entryFileNames: 'app.js', assetFileNames: '[name][extname]' },
      },
    },
    worker: { format: 'iife' },
  }),
);
