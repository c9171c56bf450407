// Generates kernels/ops.h, the operations' arguments for the kernels, from the table in src/engine/ops.ts (as
// built in dist/). `--check` compares instead: the committed file must match the table.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CHOICES, NUMBERS, RECORDS } from '../dist/engine/constants.js';
import { OP_NAMES, operationOf } from '../dist/engine/ops.js';
import { opsId } from '../dist/engine/ops-id.js';

const file = fileURLToPath(new URL('../kernels/ops.h', import.meta.url));
const ELEMENTS = { float: 'float', uint8: 'uint8_t', int32: 'int32_t', uint32: 'uint32_t' };

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/-/g, '_');
const capitals = (name) => snake(name).toUpperCase();
const structOf = (name) => `${name[0].toUpperCase()}${name.slice(1)}Op`;

/** Wraps a comment to lines of at most 128 columns. */
function comment(text, indent = '') {
  const lines = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + last.length + word.length < 128)
      lines[lines.length - 1] += ` ${word}`;
    else lines.push(`${indent}// ${word}`);
  }
  return lines;
}

function dimension(of) {
  if (typeof of !== 'object') return typeof of === 'string' ? snake(of) : String(of);
  if ('size' in of) return `${snake(of.size)} at a distance of ${snake(of.distance)}`;
  const product = of.product.map(snake).join(' * ');
  return of.to === NUMBERS.PANEL ? `${product} in panels` : `${product} padded`;
}

const isWritten = ({ access }) => access !== 'read';
const pointer = (field) => `${isWritten(field) ? '' : 'const '}${ELEMENTS[field.element]}`;
const shape = (field) => `[${field.shape.map(dimension).join(', ')}]${field.optional ? ', or null' : ''}`;

/** C++ type, read expression and remark of a field that is not a group. */
function primitive(field) {
  switch (field.kind) {
    case 'tensor': {
      const read = field.optional ? 'place_or_null' : 'place';
      return { type: `${pointer(field)}*`, read: `words.${read}<${pointer(field)}>()`, remark: shape(field) };
    }
    case 'choice':
      return {
        type: field.choice,
        read: `words.choice<${field.choice}>(${CHOICES[field.choice].length})`,
        remark: '',
      };
    case 'float':
      return { type: 'float', read: 'words.constant()', remark: '' };
    default:
      throw new Error(`no kind of field: ${field.kind}`);
  }
}

/**
 * A struct whose constructor reads it from a program.
 * @param {{ name: string, about: string, base?: string, sizes?: readonly string[], members?: object[],
 * given?: string[] }} of sizes and members are read; given ones are constructor parameters
 */
function struct({ name, about, base, sizes = [], members = [], given = [] }) {
  const declared = [
    ...(sizes.length ? [`  int ${sizes.map(snake).join(', ')};`] : []),
    ...members.map(({ type, name: own, remark }) => `  ${type} ${snake(own)};${remark && `  // ${remark}`}`),
    ...(given.length ? [`  int ${given.map(snake).join(', ')};`] : []),
  ];
  const parameters = ['Words& words', ...given.map((size) => `int ${snake(size)}`)];
  const steps = [
    ...(base ? [`${base}(words)`] : []),
    ...sizes.map((size) => `${snake(size)}(words.size())`),
    ...members.map(({ name: own, read }) => `${snake(own)}(${read})`),
    ...given.map((size) => `${snake(size)}(${snake(size)})`),
  ];
  return [
    '',
    ...comment(about),
    `struct ${name}${base ? ` : ${base}` : ''} {`,
    ...declared,
    `  explicit ${name}(${parameters.join(', ')})`,
    `      : ${steps.join(',\n        ')} {}`,
    '};',
  ];
}

function groupStruct(group) {
  const members = Object.entries(group.fields).map(([name, field]) => {
    // The dimensions are given by the operations that contain the group.
    const { type, read } = primitive(field);
    return { name, type, read, remark: '' };
  });
  return struct({
    name: group.struct,
    about: group.about,
    members,
    given: Object.keys(group.sizes),
  });
}

function operationStruct(name) {
  const { about, shared, sizes, fields } = operationOf(name);
  const members = Object.entries(fields).map(([own, field]) => {
    if (field.kind !== 'group') return { name: own, ...primitive(field) };
    const given = Object.values(field.sizes).map((product) => product.map(snake).join(' * '));
    const first = Object.values(field.fields).find(({ kind }) => kind === 'tensor');
    return {
      name: own,
      type: field.struct,
      read: ['words', ...given].join(', '),
      remark: shape(first),
    };
  });
  return struct({ name: structOf(name), about, base: shared?.struct, sizes, members });
}

const operations = OP_NAMES.map(operationOf);
const groupsOf = ({ fields }) => Object.values(fields).filter(({ kind }) => kind === 'group');
const shared = new Map(operations.flatMap((op) => (op.shared ? [[op.shared.struct, op.shared]] : [])));
/** Groups by struct name. A field is optional if it is optional in any operation. */
const groups = new Map();
for (const group of operations.flatMap(groupsOf)) {
  const before = groups.get(group.struct);
  const fields = Object.entries(group.fields).map(([name, field]) => [
    name,
    before?.fields[name].optional ? before.fields[name] : field,
  ]);
  groups.set(group.struct, { ...group, fields: Object.fromEntries(fields) });
}
const { LINE, ...numbers } = NUMBERS;

const text = [
  '// The operations and their arguments. Generated from src/engine/ops.ts by `npm run build:ops`; change that file instead.',
  '#pragma once',
  '#include "context.h"',
  '// A switch that leaves out a value of an enum does not compile.',
  '#pragma GCC diagnostic error "-Wswitch"',
  '',
  'namespace lexel {',
  '',
  '// Hash of the table of operations. Kernels refuse programs that were compiled against another table.',
  `constexpr int32_t OPS_ID = ${opsId()};`,
  `static_assert(LINE == ${LINE}, "src/engine/buffers.ts has another cache line");`,
  ...Object.entries(numbers).map(([name, value]) => `constexpr int ${name} = ${value};`),
  '',
  ...Object.entries(CHOICES).map(
    ([name, names]) => `enum class ${name} : int32_t { ${names.map(capitals).join(', ')} };`,
  ),
  ...Object.entries(RECORDS).map(([name, places]) => {
    const values = Object.entries(places).map(([field, place]) => `${capitals(field)} = ${place}`);
    return `struct ${name} {\n  enum { ${values.join(', ')}, FIELDS = ${values.length} };\n};`;
  }),
  ...[...shared.values()].flatMap((group) =>
    struct({ name: group.struct, about: group.about, sizes: group.sizes }),
  ),
  ...[...groups.values()].flatMap(groupStruct),
  ...OP_NAMES.flatMap(operationStruct),
  '',
  '// Reads the arguments of operation `code` and calls f with them. Returns false, without a call, if there is no such operation',
  '// or if the words are not valid arguments.',
  'template <class F>',
  'static INLINE bool with_operation(int32_t code, Words& words, F f) {',
  '  switch (code) {',
  ...OP_NAMES.map((name, code) => `    case ${code}: return with_arguments<${structOf(name)}>(words, f);`),
  '    default: return false;',
  '  }',
  '}',
  '',
  '}  // namespace lexel',
  '',
].join('\n');

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') === text) {
    console.log('build-ops: kernels/ops.h matches src/engine/ops.ts.');
  } else {
    console.error(
      'build-ops: kernels/ops.h does not match src/engine/ops.ts; run `npm run build:ops` and commit it.',
    );
    process.exit(1);
  }
} else {
  writeFileSync(file, text);
}
