// bench/RESULTS.md: one section per part of the bench, with its conditions. A run replaces only its own
// sections.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../RESULTS.md', import.meta.url));
const INTRO = `# Measured

Written by \`npm run bench -- --write\`. Contenders of one table ran interleaved in one run; rates are medians over
rounds, ratios are medians of each round's ratio. Every section says what it ran on. Runs in the background stand still meanwhile
under \`npx lexel pause runs -- npm run bench\`.
`;

/** @param sections [{ title, body }] in order; other sections of the file are kept */
export function writeResults(sections) {
  const old = existsSync(file) ? readFileSync(file, 'utf8').split(/^## /m).slice(1) : [];
  const kept = new Map(
    old.map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1).trim()]),
  );
  for (const { title, body } of sections) kept.set(title, body);
  const texts = [...kept].map(([title, body]) => `## ${title}\n\n${body}\n`);
  writeFileSync(file, [INTRO, ...texts].join('\n'));
  return file;
}
