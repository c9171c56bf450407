/** The documents of the root and of docs/: their links lead somewhere, and the commands that they show exist. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { lexel } from '../cli/lexel.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const text = (page: string) => readFileSync(join(root, page), 'utf8');

describe.each(pages)('%s', (page) => {
  it('links to files that are there', () => {
    const links = [...text(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]);
    const local = links.filter((link) => !/^(https?:|#)/.test(link));
    const gone = local.filter((link) => !existsSync(resolve(root, dirname(page), link.split('#')[0])));
    expect(gone).toEqual([]);
  });

  it('names files of the project that are there', () => {
    const named = [
      ...text(page).matchAll(/`((?:src|kernels|scripts|bench|test|assets|bin|examples)\/[\w./-]+)`/g),
    ];
    const gone = named.map((match) => match[1]).filter((file) => !existsSync(join(root, file)));
    expect(gone).toEqual([]);
  });
});

/** "words nearest" -> the flags that pages give to it. */
function commandsShown(): Map<string, Set<string>> {
  const shown = new Map<string, Set<string>>();
  for (const page of pages) {
    const code = [...text(page).matchAll(/```(?:sh|text)?\n([\s\S]*?)```/g)]
      .map((match) => match[1])
      .join('\n');
    for (const line of code.replaceAll('\\\n', ' ').split('\n')) {
      const words = /^\s*(?:\$ )?npx lexel (.*)/
        .exec(line)?.[1]
        .replace(/\s+#.*/, '')
        .replace(/\s+-- .*/, '') // another program's words
        .split(/\s+/);
      if (!words) continue;
      const group = ['words', 'data', 'model'].includes(words[0]);
      const command = words.slice(0, group ? 2 : 1).join(' ');
      const flags = shown.get(command) ?? new Set();
      for (const word of words) if (word.startsWith('--')) flags.add(word.split('=')[0]);
      shown.set(command, flags);
    }
  }
  return shown;
}

describe('the command line', () => {
  it.each([...commandsShown()])('has "%s" with every option shown', async (command, flags) => {
    const { code, out } = await lexel([...command.split(' '), '--help']);
    expect(code).toBe(0);
    const known = new Set(out.match(/--[a-z][a-z-]*/g));
    expect([...flags].filter((flag) => !known.has(flag))).toEqual([]);
  });
});
