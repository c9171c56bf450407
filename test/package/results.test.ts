/** docs/results: the kept runs read, and every p that a page publishes is one of the family that is corrected together. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readRunFile } from '../../src/crossval/index.js';
import { pValue } from '../../src/util/format.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const results = join(root, 'docs', 'results');
const json = (file: string) => JSON.parse(readFileSync(join(results, file), 'utf8'));
/** A run kept under one name, or one folder a seed. */
const runsOf = (name: string) =>
  existsSync(join(results, name, 'run.json'))
    ? [name]
    : readdirSync(join(results, name)).map((seed) => join(name, seed));
/** Word vectors that kept runs share. */
const TARGETS = 'targets';
const names = readdirSync(results, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && entry.name !== TARGETS ? [entry.name] : [],
);

describe('a kept run', () => {
  it.each(names.flatMap(runsOf))('%s reads, and its command names no place of one machine', (name) => {
    const run = readRunFile(join(results, name));
    expect(run.normalisation).toMatch(/^(fold|data set)$/);
    expect(run.command).toMatch(/^lexel /);
    expect(run.command).not.toMatch(/--out \//);
  });
});

describe('docs/RESULTS.md', () => {
  it('is what the kept results give', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/results-page.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('rests on at most 3,000 kB', () => {
    const size = (path: string): number =>
      statSync(path).isDirectory()
        ? readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0)
        : statSync(path).size;
    expect(size(results)).toBeLessThan(3_000_000);
  });
});

describe('the family of published tests', () => {
  const family = json('family.json') as {
    comparisons: { id: string; first: string; others: string[] }[];
  };

  it.each(family.comparisons)('$id pairs runs of one normalisation', ({ first, others }) => {
    const kinds = [first, ...others]
      .map((name) => name.split('@')[0])
      .flatMap(runsOf)
      .map((name) => readRunFile(join(results, name)).normalisation);
    expect(new Set(kinds).size).toBe(1);
  });

  it('is what the kept results give', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/published-tests.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

/** `p < 0.001<!-- controls/control-random/* -->`: a p with the keys of the tests that it is of. */
const PUBLISHED = /\bp\s(?:is\s)?(=|<|≤)\s(0\.\d+)(?:<!-- ([^>]*) -->)?/g;

describe.each(['README.md', 'docs/RESULTS.md'])('every p in %s', (page) => {
  const tests = json('comparisons.json').tests as { key: string; pHolm: number | null }[];
  const text = readFileSync(join(root, page), 'utf8');
  const published = [...text.matchAll(PUBLISHED)].map(([whole, sign, value, keys]) => ({
    whole,
    sign,
    value,
    keys,
  }));

  it('names its tests', () => {
    expect(published.filter(({ keys }) => keys === undefined).map(({ whole }) => whole)).toEqual([]);
  });

  it('is the corrected p of all of them', () => {
    for (const { whole, sign, value, keys } of published) {
      if (keys === undefined || keys === 'permutation null') continue;
      for (const key of keys.split(' ')) {
        const literal = key.replaceAll('+', '\\+');
        const of = new RegExp(`^${literal.replaceAll('*', '[^/]+')}$`);
        const found = tests.filter((test) => of.test(test.key) && test.pHolm !== null);
        expect(found.length, `${whole}: ${key}`).toBeGreaterThan(0);
        for (const { key: own, pHolm } of found) {
          if (sign === '=') expect([own, pValue(pHolm!)]).toEqual([own, value]);
          else if (sign === '<') expect(pHolm, own).toBeLessThan(Number(value));
          else expect(pHolm, own).toBeLessThanOrEqual(Number(value));
        }
      }
    }
  });
});
