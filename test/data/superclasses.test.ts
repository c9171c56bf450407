import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDataset } from '../../src/data/dataset.js';
import { openDataset } from '../../src/data/index.js';
import { readSuperclasses, withSuperclasses } from '../../src/data/superclasses.js';
import type { Dataset } from '../../src/data/types.js';
import type { LexelError } from '../../src/util/errors.js';
import { flatSet, temporary } from './helpers.js';

const dir = await temporary();
const CLASSES = ['blue_square', 'caf\u00e9', 'red, dark', 'red_circle', 'red_square'];
const set = flatSet(CLASSES.map((_, c) => [40 * c, c]));
const dataset = makeDataset({ name: 'mine', classes: CLASSES, train: set, test: set });

/** The data set with the superclasses of a file with this content. */
function grouped(content: string | Uint8Array, name = 'groups.csv'): Dataset {
  const file = join(dir, name);
  writeFileSync(file, content);
  return withSuperclasses(dataset, readSuperclasses(file));
}

/** Message and hint, without the folder. */
function refused(content: string | Uint8Array, name?: string): string {
  try {
    grouped(content, name);
  } catch (error) {
    const { message, hint } = error as LexelError;
    return `${message}\n${hint}`
      .replaceAll(`${dir}/`, '')
      .replace(/Expected one line per class.*\]\}\./, 'Expected \u2026');
  }
  throw new Error('nothing was thrown');
}

const NAMES = ['square', 'drink', 'shade', 'circle', 'square'];
const LINES = [
  'red_circle,circle',
  'blue_square,square',
  'red_square,square',
  'caf\u00e9,drink',
  '"red, dark",shade',
];

describe('a file of superclasses', () => {
  it('gives every class a superclass; superclasses are sorted by name', () => {
    const { superclasses, superclassOf, superclassFile } = grouped(LINES.join('\n'));
    expect(superclasses).toEqual(['circle', 'drink', 'shade', 'square']);
    expect(superclassOf).toEqual([3, 1, 2, 0, 3]);
    expect(superclassFile).toEqual({ path: join(dir, 'groups.csv'), replaced: false });
  });

  it.each<[string, string | Uint8Array, string?]>([
    ['in another order', [...LINES].reverse().join('\n')],
    ['with a byte order mark and the line ends of Windows', `\ufeff${LINES.join('\r\n')}\r\n`],
    [
      'with comments, blank lines and blanks',
      `# mine\n\n  ${LINES.join('  \n\t\n # more\n  ').replaceAll(',c', ' , c')}\n`,
    ],
    ['with tabs', LINES.join('\n').replace('"red, dark",', 'red, dark\t').replace('circle,c', 'circle\tc')],
    ['with everything quoted', LINES.map((line) => line.replace(/^([^",]+),(.+)$/, '"$1","$2"')).join('\n')],
    ['with a class twice, the same both times', [...LINES, LINES[0]].join('\n')],
    ['in the other Unicode spelling', LINES.join('\n').normalize('NFD')],
    ['as JSON by class', JSON.stringify(Object.fromEntries(CLASSES.map((label, c) => [label, NAMES[c]])))],
    [
      'as JSON by superclass',
      '\ufeff{"square":["red_square","blue_square"],\r\n"drink":["caf\\u00e9"],"shade":["red, dark"],"circle":["red_circle"]}',
    ],
    [
      'as JSON by its ending',
      '\n{"square": ["red_square", "blue_square"], "café": "drink", "red, dark": "shade", "red_circle": "circle"}',
      'groups.json',
    ],
  ])('is read %s', (_, content, name) => {
    const found = grouped(content, name);
    expect(found.superclassOf.map((s) => found.superclasses[s])).toEqual(NAMES);
    expect(found.superclasses).toEqual(['circle', 'drink', 'shade', 'square']);
  });

  it('does not change images, hashes or statistics', () => {
    const found = grouped(LINES.join('\n'));
    expect(found.hash).toBe(dataset.hash);
    expect(found.orderedHash).toBe(dataset.orderedHash);
    expect(found.mean).toBe(dataset.mean);
    expect(found.train).toBe(dataset.train);
    // The form in which a worker receives the data set.
    const cloned = structuredClone({ ...found, train: 0, test: 0 });
    expect(cloned).toMatchObject({ superclassOf: [3, 1, 2, 0, 3], hash: dataset.hash });
    expect(dataset.superclasses).toEqual([]);
  });

  it('replaces the superclasses of the data set, and is recorded in it', async () => {
    const own = await openDataset('shapes', { perClass: 1, testPerClass: 1, size: 8 });
    const file = join(dir, 'colours.csv');
    writeFileSync(file, own.classes.map((label) => `${label},${label.split('_')[0]}`).join('\n'));
    const found = await openDataset('shapes', { perClass: 1, testPerClass: 1, size: 8, superclasses: file });
    expect(own.superclasses).toContain('circle');
    expect(own.superclassFile).toBeUndefined();
    expect(found.superclasses).toEqual([...new Set(own.classes.map((label) => label.split('_')[0]))].sort());
    expect(found.superclassFile).toEqual({ path: file, replaced: true });
    expect(found.hash).toBe(own.hash);
  });
});

describe('a faulty file of superclasses is refused', () => {
  const AGAIN = 'A class can have only one superclass: remove one of the two.';
  const NO_NAME = 'Every class needs a superclass with a name.';
  const ENCODING = 'Save the file as UTF-8 text.';
  const cases: [string, string | Uint8Array, string, string?][] = [
    [
      'an unknown class',
      'red_circle,circle\n\nred_sqare,square',
      'line 3: the data set has no class "red_sqare"\nDid you mean red_square?',
    ],
    [
      'a class unlike any',
      'submarine,ship',
      'line 1: the data set has no class "submarine"\n`lexel data info` lists the classes.',
    ],
    [
      'a heading',
      `class,superclass\n${LINES.join('\n')}`,
      'line 1: the data set has no class "class"\nIf this line is a header, remove it or begin it with #.',
    ],
    [
      'two superclasses for a class',
      `${LINES[0]}\n# again\nred_circle,round`,
      `line 3: "red_circle" has the superclass "round", but "circle" in line 1\n${AGAIN}`,
    ],
    [
      'classes without',
      'red_circle,circle',
      "4 of the data set's 5 classes have no superclass in it: blue_square, caf\u00e9, red, dark, red_square\n" +
        'Every class needs one; it may be a superclass with a single class.',
    ],
    [
      'an empty name',
      'red_circle,circle\nred_square,\n',
      `line 2: the superclass of "red_square" has an empty name\n${NO_NAME}`,
    ],
    [
      'an empty name after a tab',
      'red_circle\tcircle\nred_square\t',
      `line 2: the superclass of "red_square" has an empty name\n${NO_NAME}`,
    ],
    ['no class', ',circle', 'line 1: the name of the class is empty\nExpected \u2026'],
    [
      'one field',
      'red_circle,circle\nred_square square',
      'line 2 is not a class and its superclass: red_square square\nExpected \u2026 Put names that contain a comma in double quotes.',
    ],
    [
      'three fields',
      'red_circle,circle,round',
      'line 1 is not a class and its superclass: red_circle,circle,round\nExpected \u2026 Put names that contain a comma in double quotes.',
    ],
    [
      'an open quote',
      '"red_circle,circle',
      'line 1 is not a class and its superclass: "red_circle,circle\nExpected \u2026 Put names that contain a comma in double quotes.',
    ],
    ['nothing', '', 'is empty\nExpected \u2026'],
    ['nothing but comments', '# later\n\n', 'contains no classes\nExpected \u2026'],
    [
      'another encoding',
      Buffer.from('red_circle,circle\ncaf\u00e9,drink', 'latin1'),
      `line 2 is not UTF-8\n${ENCODING}`,
    ],
    ['UTF-16', Buffer.from('\ufeffred_circle,circle', 'utf16le'), `line 1 is not UTF-8\n${ENCODING}`],
    [
      'UTF-16 without its mark',
      Buffer.from('red_circle,circle', 'utf16le'),
      `line 1 is not UTF-8\n${ENCODING}`,
    ],
    ['a list', '["red_circle"]', 'is JSON, but not an object\nExpected \u2026', 'groups.json'],
    ['an empty object', '{}', 'contains no classes\nExpected \u2026'],
    [
      'a number',
      '{"red_circle": "circle",\n "red_square": 3}',
      'line 2: the value of "red_square" is neither a superclass nor a list of classes\nExpected \u2026',
    ],
    [
      'a list of other things',
      '{"circle": ["red_circle"],\n\n "square": [["red_square"]]}',
      'line 3: the value of "square" is neither a superclass nor a list of classes\nExpected \u2026',
    ],
    [
      'a key twice',
      '{"red_circle": "circle",\n"red_circle": "round"}',
      'line 2: the key "red_circle" is also in line 1\nMerge the two.',
    ],
    [
      'an unknown class in a list',
      '{"circle": [\n  "red_circle",\n  "blue_circle"\n]}',
      'line 3: the data set has no class "blue_circle"\nDid you mean red_circle?',
    ],
    [
      'a class in two lists',
      '{"circle": ["red_circle"],\n "round": ["red_circle"]}',
      `line 2: "red_circle" has the superclass "round", but "circle" in line 1\n${AGAIN}`,
    ],
    [
      'an empty key',
      '{"circle": ["red_circle"],\n "": ["red_square"]}',
      `line 2: the superclass of "red_square" has an empty name\n${NO_NAME}`,
    ],
  ];
  it.each(cases)('for %s', (_, content, expected, name = 'groups.csv') => {
    expect(refused(content, name)).toBe(`${name}: ${expected}`);
  });

  it('if it is not JSON; the message depends on the version of Node', () => {
    const text = '{"red_circle": "circle",\n "red_square": "square",\n}';
    expect(refused(text)).toMatch(/^groups\.csv: line 3: is not JSON: .+\nExpected \u2026$/);
    expect(refused('red_circle,circle', 'groups.json')).toMatch(/^groups\.json: .*is not JSON: /);
  });

  it('if classes have no superclass: the error names ten of them and counts the others', () => {
    const classes = Array.from({ length: 14 }, (_, c) => `class_${c}`);
    const many = makeDataset({ name: 'many', classes, train: set, test: set });
    const from = (count: number) => {
      const file = join(dir, 'few.csv');
      writeFileSync(
        file,
        classes
          .map((label) => `${label},a\n`)
          .slice(0, count)
          .join(''),
      );
      return () => withSuperclasses(many, readSuperclasses(file));
    };
    expect(from(2)).toThrow(/12 of the data set's 14 classes have .*: class_2, .*class_11 and 2 more$/);
    expect(from(13)).toThrow("1 of the data set's 14 classes has no superclass in it: class_13");
  });

  it('if it does not exist', () => {
    expect(() => readSuperclasses(join(dir, 'nowhere.csv'))).toThrow('nowhere.csv: no such file');
    expect(() => readSuperclasses(dir)).toThrow('is a folder, not a file');
  });
});
