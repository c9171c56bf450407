// Formats kernels/ by .clang-format: npm run format:kernels. With `-- --check` it lists the files that differ and exits with 1.
// kernels/ops.h is left out: scripts/build-ops.mjs writes it. A change of kernels/ changes the build id, also one of blanks
// alone: runs that train meanwhile are then resumed with --allow-drift only.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kernels = join(dirname(dirname(fileURLToPath(import.meta.url))), 'kernels');
// Versions break lines at different places, so it is this one.
const formatter = 'clang-format-16';
const files = readdirSync(kernels, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.(h|cc)$/.test(name) && name !== 'ops.h',
);
const how = process.argv.includes('--check') ? ['--dry-run', '-Werror'] : ['-i'];
const { error, status } = spawnSync(formatter, [...how, ...files], { cwd: kernels, stdio: 'inherit' });
if (error)
  console.error(
    `format-kernels: ${error.message}; it needs ${formatter}, a package of that name on Debian and Ubuntu`,
  );
process.exit(status ?? 1);
