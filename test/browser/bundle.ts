/** The entry point `lexel/browser` as a bundler packs it for a page. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rollup } from 'vite';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Bundle {
  readonly code: string;
  /** What the bundle imports from elsewhere. */
  readonly imports: readonly string[];
  /** Files of the packages and of this one that it holds. */
  readonly modules: readonly string[];
}

export async function bundleBrowser(): Promise<Bundle> {
  const result = (await build({
    configFile: false,
    root,
    logLevel: 'silent',
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: `${root}/dist/browser/index.js`, formats: ['es'], fileName: 'lexel' },
      rollupOptions: { external: /^node:/, output: { codeSplitting: false, minify: true } },
      minify: true,
    },
  })) as Rollup.RollupOutput[];
  const chunks = result.flatMap(({ output }) => output).filter((one) => one.type === 'chunk');
  return {
    code: chunks.map(({ code }) => code).join('\n'),
    // A module that is also imported on demand is in the same file.
    imports: chunks.flatMap((one) =>
      [...one.imports, ...one.dynamicImports].filter((name) => name !== one.fileName),
    ),
    modules: chunks.flatMap((one) => Object.keys(one.modules)),
  };
}

export const gzipped = (content: string | Uint8Array): number => gzipSync(content, { level: 9 }).length;

export const wasmBinary = (): Uint8Array => readFileSync(`${root}/assets/lexel.wasm`);
