// Builds dist/: compiles src/ and, beside it, the studio's pages. With --native (npm's prepare step in a checkout), also
// the native addon.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = (args) =>
  new Promise((done) => {
    spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }).on('close', (code) => done(code ?? 1));
  });
/** One after another, until one fails. */
const inTurn = async (...steps) => {
  for (const args of steps) {
    const code = await node(args);
    if (code !== 0) return code;
  }
  return 0;
};
const { resolve } = createRequire(import.meta.url);
const tsc = join(dirname(resolve('typescript')), 'tsc.js');
const vite = join(dirname(resolve('vite/package.json')), 'bin/vite.js');
const pages = (...config) => [vite, 'build', 'web', ...config, '--logLevel', 'warn'];
const codes = await Promise.all([
  process.argv.includes('--native') ? node(['scripts/build-native.mjs', '--optional']) : 0,
  inTurn([tsc, '-p', 'tsconfig.build.json'], ['scripts/bundle-zod.mjs'], ['scripts/bundle-fold-thread.mjs']),
  inTurn(pages(), pages('--config', 'web/vite.single.config.ts')),
]);
process.exit(Math.max(...codes));
