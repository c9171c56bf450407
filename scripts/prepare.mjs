// npm's prepare step in a checkout: compiles src/ and, beside it, the native addon.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = (args) =>
  new Promise((resolve) => {
    spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }).on('close', (code) => resolve(code ?? 1));
  });
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript')), 'tsc.js');
const codes = await Promise.all([
  node(['scripts/build-native.mjs', '--optional']),
  node([tsc, '-p', 'tsconfig.build.json']),
]);
process.exit(Math.max(...codes));
