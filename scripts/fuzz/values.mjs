// Hostile numbers and strings that mutations insert.

/** Numbers as JSON text; JSON does not allow some of them. */
export const HOSTILE_NUMBERS = [
  ...['0', '-0', '-1', '1', '2', '0.5', '255', '256', '65535', '65536', '65537', '2147483647', '2147483648'],
  ...['-2147483648', '4294967295', '4294967296', '9007199254740991', '9007199254740992', '9007199254740993'],
  ...[
    '18446744073709551615',
    '1e15',
    '1e16',
    '1e308',
    '-1e308',
    '1e999',
    '1e-400',
    'NaN',
    'Infinity',
    '01',
    '1e5',
  ],
];

/** Integers for binary fields; larger ones are truncated to the field's width. */
export const HOSTILE_INTEGERS = [
  ...[0n, 1n, 2n, 7n, 8n, 127n, 128n, 255n, 256n, 32767n, 32768n, 65535n, 65536n, 100_000_000n, 100_000_001n],
  ...[
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
  ],
];

export const HOSTILE_FLOATS = [
  ...[0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...[3.4e38, -3.4e38, 1e-45, 1e15, 1.1e15, 65504, 65520, 1e-38],
];

export const HOSTILE_STRINGS = [
  ...[
    '',
    ' ',
    '.',
    '..',
    '../../escape',
    '/etc/passwd',
    'a/b',
    'a\\b',
    '\0',
    'a\0b',
    '\n',
    'a\r\nb',
    '\u001b[2J\u001b]0;x\u0007',
  ],
  ...[
    '\u202egnp.exe',
    '\ud800',
    '\ufffd',
    '\ufeff',
    'e\u0301',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
  ],
  ...[
    'NaN',
    '-1',
    '9'.repeat(40),
    'x'.repeat(300),
    'x'.repeat(70_000),
    '%s%n',
    '{}',
    '"',
    "'",
    ',',
    '\t',
    '#',
    ':',
  ],
];

/** Nesting depths of brackets, from harmless ones to those that overflow a stack. */
export const DEPTHS = [2, 10, 100, 1000, 5000, 20_000, 100_000];

/** A random element of a list. */
export const pick = (random, list) => list[random.below(list.length)];
