import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uniqueName } from '../../../src/formats/temporary.js';
import { checkPrefix, fromKeyPart, isKey, keyPart, MAX_PART } from '../../../src/queue/stores/keys.js';

describe('a key', () => {
  it.each(['a', 'a/b', 'Folds/red_circle/0.json', '-+@=', 'a..b', 'x'.repeat(MAX_PART)])('%s', (key) =>
    expect(isKey(key)).toBe(true),
  );
  it.each([
    ...[
      '',
      '/',
      'a/',
      '/a',
      'a//b',
      '.',
      '..',
      'a/../b',
      '.hidden',
      'a/.nfs01',
      'end.',
      'a b',
      'a\\b',
      'ä',
      'a\n',
      'a%2f',
    ],
    ...['x'.repeat(MAX_PART + 1), Array(100).fill('partpart').join('/'), uniqueName('a')],
  ])('not %j', (key) => expect(isKey(key)).toBe(false));

  it('with a slash, or nothing, is a prefix', () => {
    for (const prefix of ['', 'a/', 'a/b/']) checkPrefix(prefix);
    for (const prefix of ['a', '/', 'a//', '../', 'a/..']) {
      expect(() => checkPrefix(prefix)).toThrow(
        `"${prefix}" cannot be the prefix of an object: a part of a key has`,
      );
    }
  });
});

describe('keyPart', () => {
  it.each([
    ['red_circle', 'red_circle'],
    ['Red', '+red'],
    ['a+b=c', 'a=2bb=3dc'],
    ['.', '=2e'],
    ['..', '=2e=2e'],
    ['a.b', 'a.b'],
    ['.a.', '=2ea=2e'],
    ['x.tmp', 'x=2etmp'],
    ['seed 0: "ä/✓"', 'seed=200=3a=20=22=c3=a4=2f=e2=9c=93=22'],
    ['😀', '=f0=9f=98=80'],
  ])('of %j is %s', (name, part) => {
    expect(keyPart(name)).toBe(part);
    expect(fromKeyPart(part)).toBe(name);
  });

  it('is a key, is reversible, and differs for different names also where case is ignored', () => {
    const names = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
      fc.string({ unit: fc.constantFrom(...'aAbB.+=2e@tmp'), minLength: 1, maxLength: 12 }),
    );
    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(isKey(keyPart(a))).toBe(true);
        expect(fromKeyPart(keyPart(a))).toBe(a);
        if (a !== b) expect(keyPart(a).toLowerCase()).not.toBe(keyPart(b).toLowerCase());
      }),
      { numRuns: 500 },
    );
    const temporary = uniqueName('a');
    expect(isKey(keyPart(temporary))).toBe(true);
    expect(fromKeyPart(keyPart(temporary))).toBe(temporary);
  });

  it('refuses names that have no part', () => {
    expect(() => keyPart('')).toThrow('an empty name cannot be part of a key');
    expect(() => keyPart('a\ud800')).toThrow('it is not valid Unicode');
    expect(() => keyPart('é'.repeat(34))).toThrow('it is too long');
  });

  it.each(['', 'A', '=2E', '=61', '+', '+1', '=ff', '=2', '.', 'a/b', 'x.tmp', 'é', '=ed=a0=80'])(
    'is never %j',
    (part) => expect(fromKeyPart(part)).toBeNull(),
  );
});
