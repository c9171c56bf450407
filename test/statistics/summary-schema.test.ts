/** summary.json is read back unchanged, whatever a run contains, and errors name the invalid key. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSummary, STATISTICS, type Summary, summariseRun } from '../../src/statistics/index.js';
import { type SummaryOptions, summarySchema } from '../../src/statistics/summary.js';
import { FormatError } from '../../src/util/errors.js';
import { deriveKey, Random } from '../../src/util/random.js';
import { WordVectors } from '../../src/words/index.js';
import { fakeRun, hundredLabels, rotations } from './support/fake-run.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-summary-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const D = 8;
const classes = Array.from({ length: 12 }, (_, c) => `word${c}`);
const random = new Random(deriveKey(3, 'summary-schema'));
const targets = Float32Array.from({ length: 12 * D }, () => 0.3 + random.normal());
/** Sets the vectors of some classes to zero, so that their words have no direction. */
const without = (...zero: number[]) => targets.map((x, i) => (zero.includes(Math.floor(i / D)) ? 0 : x));
const superclasses = ['a', 'b', 'c', 'd', 'e', 'f'];
const base = {
  ...{ classes, superclasses, superclassOf: classes.map((_, c) => c % 6) },
  ...{ dimension: D, images: 6, targets, noise: 0.2 },
};
const groups = [
  [0, 1, 2, 3],
  [4, 5, 6, 7],
  [8, 9, 10, 11],
];
const others = Array.from({ length: 20 }, (_, i) => `other${i}`);
const vocabulary = new WordVectors(
  {
    words: [...classes, ...others],
    dimension: D,
    matrix: Float32Array.from([
      ...targets,
      ...others.flatMap(() => Array.from({ length: D }, random.normal, random)),
    ]),
  } as ConstructorParameters<typeof WordVectors>[0],
  'words.txt',
);

const made = (name: string, options: Partial<Parameters<typeof fakeRun>[1]>) => {
  const dir = join(root, name);
  fakeRun(dir, { ...base, groups, protocol: 'holdout:4', ...options });
  return dir;
};
const fewer = { groups: groups.slice(0, 2), signal: 0 };
made('seeds/seed-1', { ...fewer, seed: 1 });
made('seeds/seed-2', { ...fewer, seed: 2 });
const labels = hundredLabels();

const RUNS: Record<string, () => { dir: string; options?: SummaryOptions }> = {
  'groups, with everything that a run can have': () => ({
    dir: made('whole', { seenImages: 4 }),
    options: { vocabulary, comparedWith: [join(root, 'seeds'), made('other', fewer)] },
  }),
  'five rotations of a hundred labels': () => ({
    dir: made('rotations', {
      ...labels,
      ...{ groups: rotations(labels.superclassOf), protocol: 'one-per-superclass', targets: undefined },
    }),
  }),
  'single classes, without seen images': () => ({
    dir: made('loo', { groups: classes.map((_, c) => [c]), protocol: 'loo' }),
  }),
  'no superclasses, too few classes for calibration, unfinished folds': () => ({
    dir: made('few', { superclasses: [], superclassOf: [], groups: groups.slice(0, 2), unfinished: 1 }),
  }),
  'a word without a direction': () => ({ dir: made('zero', { targets: without(5), seenImages: 4 }) }),
  'a word without a direction, of single classes': () => ({
    dir: made('zero-loo', { targets: without(5), groups: classes.map((_, c) => [c]), protocol: 'loo' }),
  }),
  'only words without a direction': () => ({
    dir: made('zeros', { targets: without(5, 6), groups: [[5, 6]], protocol: 'single', seenImages: 4 }),
  }),
  'two words with permuted names, one without a direction': () => ({
    dir: made('pair', { targets: without(5), groups: [[0, 5]], protocol: 'single', seenImages: 4 }),
  }),
};

function written(name: string): { summary: Summary; file: string; raw: unknown } {
  const { dir, options } = RUNS[name]();
  const summary = summariseRun(dir, { permutations: 20, resamples: 20, ...options });
  const file = join(dir, 'summary.json');
  const text = JSON.stringify(summary);
  writeFileSync(file, text);
  return { summary, file, raw: JSON.parse(text) };
}

describe.each(Object.keys(RUNS))('%s', (name) => {
  const { summary, file, raw } = written(name);

  it('is read back unchanged', () => {
    expect(readSummary(file)).toStrictEqual(summary);
  });
  it('contains all keys', () => {
    expect(JSON.parse(JSON.stringify(readSummary(file)))).toStrictEqual(raw);
  });
});

it('the runs contain the cases that they are made for', () => {
  const [whole, , loo, few, zero, , zeros, pair] = Object.keys(RUNS).map((name) => written(name).summary);
  expect(whole.zeroShot.vocabulary!.candidates).toBe(32);
  expect(whole.zeroShot.generalised!.folds).toHaveLength(3);
  expect(whole.zeroShot.hierarchical).not.toBeNull();
  expect(whole.comparedWith!.runs.map(({ ranges }) => ranges !== null)).toEqual([true, false]);
  expect(whole.intervals.by).toBe('superclass');
  expect([loo.permutationNull, loo.zeroShot.generalised, loo.classes[0].heldOut]).toEqual([null, null, null]);
  expect([few.alpha, few.zeroShot.hierarchical, few.folds.total]).toEqual([null, null, 2]);
  expect(zero.classes[5].all.rank).toBeNaN();
  expect(zeros.zeroShot.scorings[0].value.rank).toBeNaN();
  expect(zeros.untrained.map(({ rank }) => rank)).toEqual(zeros.untrained.map(() => null));
  // One of the two names has no direction, so the other can only keep its own: there is no evidence.
  expect(pair.permutationNull!.intervals.ausuc!.p).toBe(1);
});

type Json = Record<string, unknown>;

/**
 * Every key of a JSON value, using the first entry of each list: the object with the key, the key, and its
 * path.
 */
function* keysOf(
  value: unknown,
  path: (string | number)[] = [],
): Generator<[Json, string, (string | number)[]]> {
  if (Array.isArray(value)) {
    if (value.length > 0) yield* keysOf(value[0], [...path, 0]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      yield [value as Json, key, [...path, key]];
      yield* keysOf(inner, [...path, key]);
    }
  }
}

describe('damage', () => {
  const { raw, file } = written('groups, with everything that a run can have');
  /** The path to the invalid key; empty if the file is accepted. */
  const fault = () => summarySchema.safeParse(raw).error?.issues[0].path ?? [];
  const optional = (path: readonly (string | number)[]) =>
    /^permutationNull\.intervals\.[^.]*$|^run\.(reading|words\.count)$/.test(path.join('.'));

  it('of any key is found: a missing key, a key of another type', () => {
    let count = 0;
    for (const [owner, key, path] of keysOf(raw)) {
      const kept = owner[key];
      owner[key] = Symbol('another type');
      expect(fault(), `${path.join('.')} of another type`).toEqual(path);
      delete owner[key];
      expect(fault(), `${path.join('.')} missing`).toEqual(optional(path) ? [] : path);
      owner[key] = kept;
      count++;
    }
    expect(fault()).toEqual([]);
    expect(count).toBeGreaterThan(STATISTICS.length * 8);
  });

  const damaged = (name: string, content: unknown) => {
    const path = join(root, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const changed = (change: (summary: { headline: Json; classes: Json[] } & Json) => void) => {
    const copy = JSON.parse(readFileSync(file, 'utf8'));
    change(copy);
    return copy;
  };
  const messageOf = (path: string) => {
    try {
      readSummary(path);
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
      const { message, hint } = error as FormatError;
      return `${message.replace(root, '')}${hint ? ` (${hint})` : ''}`;
    }
    return 'none';
  };

  it('is reported with the file, the key and a hint', () => {
    expect(messageOf(join(root, 'nowhere.json'))).toMatchInlineSnapshot(`"/nowhere.json: no such file"`);
    expect(messageOf(damaged('half.json', '{"format": "lexel-su'))).toMatch(
      /^\/half\.json: is not JSON: .* \(Create the report again: lexel report <run directory>\.\)$/,
    );
    expect(messageOf(damaged('list.json', []))).toMatchInlineSnapshot(
      `"/list.json: ✖ Invalid input: expected object, received array (Create the report again: lexel report <run directory>.)"`,
    );
    expect(messageOf(join(root, 'whole', 'run.json'))).toMatchInlineSnapshot(
      `"/whole/run.json: ✖ Invalid input: expected "lexel-summary"   → at format (Create the report again: lexel report <run directory>.)"`,
    );
    const missing = changed(({ headline }) => {
      delete headline.rank;
    });
    expect(messageOf(damaged('missing.json', missing))).toMatchInlineSnapshot(
      `"/missing.json: ✖ Invalid input: expected object, received undefined   → at headline.rank (Create the report again: lexel report <run directory>.)"`,
    );
    const text = changed((summary) => {
      summary.classes[2].finalLoss = 'small';
    });
    expect(messageOf(damaged('text.json', text))).toMatchInlineSnapshot(
      `"/text.json: ✖ Invalid input: expected number, received string   → at classes[2].finalLoss (Create the report again: lexel report <run directory>.)"`,
    );
    const many = changed((summary) => {
      for (const result of summary.classes) delete result.withSeen;
    });
    expect(messageOf(damaged('many.json', many))).toMatchInlineSnapshot(
      `"/many.json: ✖ Invalid input: expected object, received undefined   → at classes[0].withSeen ✖ Invalid input: expected object, received undefined   → at classes[1].withSeen ✖ Invalid input: expected object, received undefined   → at classes[2].withSeen … and 9 more (Create the report again: lexel report <run directory>.)"`,
    );
  });

  it('rejects another format version', () => {
    for (const version of [1, 3]) {
      const other = { format: 'lexel-summary', version, swap: {} };
      expect(messageOf(damaged(`version-${version}.json`, other))).toBe(
        `/version-${version}.json: has format version ${version}, but this Lexel reads only version 2 ` +
          '(Create the report again: lexel report <run directory>.)',
      );
    }
  });

  it('accepts keys that a later version adds', () => {
    const later = changed((summary) => {
      summary.added = 1;
      summary.headline.added = { value: 1, chance: 0, permutationNull: null };
    });
    expect(readSummary(damaged('later.json', later))).toStrictEqual(readSummary(file));
  });
});
