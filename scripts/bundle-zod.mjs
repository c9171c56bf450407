// Replaces dist/util/zod.js, as tsc wrote it, by one file with the parts of zod that it exports (src/util/zod.ts says
// why). Part of `npm run build`, after tsc.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const licence = readFileSync(
  join(dirname(createRequire(import.meta.url).resolve('zod/package.json')), 'LICENSE'),
  'utf8',
);
await build({
  configFile: false,
  logLevel: 'warn',
  build: {
    outDir: join(root, 'dist', 'util'),
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    lib: { entry: join(root, 'src', 'util', 'zod.ts'), formats: ['es'], fileName: 'zod' },
    rollupOptions: { output: { banner: `/*! zod\n${licence}*/` } },
  },
});
