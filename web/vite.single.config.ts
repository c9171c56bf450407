/**
 * Builds the pages as one script and one style sheet into dist/studio-single, for `lexel studio --single-file`. A page from
 * disk may load no file, so workers are carried in the script and start from blobs.
 */
import { defineConfig, mergeConfig, type Plugin } from 'vite';
import pages from './vite.config.js';

/** How Vite refers to a file that it has emitted, such as a worker. */
const REFERENCE =
  /new URL\(\s*(?:\/\* @vite-ignore \*\/\s*)?(?:"" \+ )?new URL\(("[^"]+"),\s*import\.meta\.url\)\.href,\s*import\.meta\.url\)|new URL\((?:\/\* @vite-ignore \*\/\s*)?("[^"]+"),\s*import\.meta\.url\)(?:\.href)?/g;

/** Makes blobs of the files that the script refers to, and removes the files. */
function filesAsBlobs(): Plugin {
  return {
    name: 'lexel-files-as-blobs',
    enforce: 'post',
    generateBundle(_, bundle) {
      const entry = Object.values(bundle).find((one) => one.type === 'chunk' && one.isEntry);
      if (entry?.type !== 'chunk') throw new Error('the build has no entry');
      const carried = new Map<string, string>();
      const contentOf = (reference: string): string | undefined => {
        const name = reference.replace(/^\.?\//, '');
        const file = Object.values(bundle).find(
          ({ fileName }) => fileName === name || fileName.endsWith(`/${name}`),
        );
        if (!file || file === entry) return undefined;
        carried.set(file.fileName, file.fileName);
        return file.type === 'chunk' ? file.code : new TextDecoder().decode(Buffer.from(file.source));
      };
      entry.code = entry.code.replace(REFERENCE, (found, one?: string, other?: string) => {
        const content = contentOf(JSON.parse((one ?? other)!) as string);
        if (content === undefined) return found;
        return `URL.createObjectURL(new Blob([${JSON.stringify(content)}],{type:"text/javascript"}))`;
      });
      for (const name of carried.values()) delete bundle[name];
    },
  };
}

export default mergeConfig(
  pages,
  defineConfig({
    plugins: [filesAsBlobs()],
    build: {
      outDir: '../dist/studio-single',
      assetsInlineLimit: () => true,
      cssCodeSplit: false,
      modulePreload: false,
      rolldownOptions: {
        output: { codeSplitting: false, entryFileNames: 'app.js', assetFileNames: '[name][extname]' },
      },
    },
    worker: { format: 'iife' },
  }),
);
