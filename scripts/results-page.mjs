// Computes docs/RESULTS.md from the records in docs/results: node scripts/results-page.mjs [--check]
//
// The tests behind its p-values are computed first, by scripts/published-tests.mjs. --check compares instead of writing.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { page } from './results-page/page.mjs';

const { check } = new Command('node scripts/results-page.mjs')
  .description('Computes docs/RESULTS.md from the records in docs/results.')
  .option('--check', 'whether docs/RESULTS.md is what comes out')
  .parse()
  .opts();

const file = fileURLToPath(new URL('../docs/RESULTS.md', import.meta.url));
const text = page();
if (!check) {
  writeFileSync(file, text);
  console.log(`${file} is written`);
} else if (readFileSync(file, 'utf8') !== text) {
  console.error('docs/RESULTS.md is not what the kept results give: node scripts/results-page.mjs');
  process.exit(1);
}
