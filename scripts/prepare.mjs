// npm's prepare step in a checkout: compiles src/ and, beside it, the native addon and the studio's pages.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = (args) =>
  new Promise((done) => {
    spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }).on('close', (code) => done(code ?? 1));
  });
const { resolve } = createRequire(import.meta.url);
const tsc = join(dirname(resolve('typescript')), 'tsc.js');
const vite = join(dirname(resolve('vite/package.json')), 'bin/vite.js');
const pages = (...config) => node([vite, 'build', 'web', ...config, '--logLevel', 'warn']);
const codes = await Promise.all([
  node(['scripts/build-native.mjs', '--optional']),
  node([tsc, '-p', 'tsconfig.build.json']),
  pages().then((code) => code || pages('--config', 'web/vite.single.config.ts')),
]);
process.exit(Math.max(...codes));
