/** The table of operations: what the lowering may emit, and what the kernels refuse to run. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/engine/index.js';
import { OP_NAMES, type OpArguments } from '../../src/engine/ops.js';
import { ProgramBuilder } from '../../src/engine/program.js';
import { NO_VIEW, plainView } from '../../src/engine/values.js';
import { VARIANTS, withVariant } from './backends.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Emits out = first for 2 images of 3 pixels and 5 channels. */
function copy(builder: ProgramBuilder, change: Partial<OpArguments<'add'>> = {}): void {
  const [first, output] = ['first', 'output'].map((name) => builder.persistent(name, 2 * 3 * 5));
  builder.emit('add', 'copy', {
    ...{ images: 2, hw: 3, channels: 5, tiles: 2 },
    ...{ first: plainView(first), second: NO_VIEW, output },
    ...change,
  });
}

describe('emit', () => {
  it('refuses a buffer that is too small for the operation', () => {
    const builder = new ProgramBuilder();
    const output = builder.temporary('short', 16);
    expect(() => copy(builder, { output })).toThrow('add (copy): output needs 30 floats, but short has 16');
    // Inside a larger buffer, only the floats from the given offset on count.
    const large = builder.temporary('large', 64);
    expect(() => copy(builder, { output: large.at(32, 32) })).not.toThrow();
    expect(() => copy(builder, { output: large.at(48, 16) })).toThrow('but large has 16');
  });

  it('counts the padding of a dimension', () => {
    const builder = new ProgramBuilder();
    const [partials, output] = [builder.temporary('partials', 48), builder.temporary('sum', 5)];
    const sums = builder.temporary('sums', 2 * 5);
    builder.emit('reduce', 'sum', { count: 5, parts: 3, stride: 16, partials, output });
    expect(() =>
      builder.emit('normBackward', 'norm', {
        ...{ channels: 5, tiles: 1, count: 6, sums, weight: output, mean: output, inverse: output },
        ...{ weightGradient: output, biasGradient: output, coefficients: partials },
      }),
    ).toThrow('normBackward (norm): sums needs 32 floats, but sums has 16');
  });

  it('checks the distance between partial sums', () => {
    const builder = new ProgramBuilder();
    const [partials, output] = [builder.temporary('partials', 16), builder.temporary('sum', 5)];
    const sum = (stride: number) => () =>
      builder.emit('reduce', 'sum', { count: 5, parts: 3, stride, partials, output });
    expect(sum(16)).toThrow('reduce (sum): partials needs 48 floats, but partials has 16');
    expect(sum(4)).toThrow('partials has overlapping rows');
  });

  it('limits a parameter to its own slot of the weights', () => {
    const builder = new ProgramBuilder();
    const weights = builder.persistent('weights', 64);
    const output = builder.temporary('out', 64);
    const transpose = (floats: number) => () =>
      builder.emit('transpose', 't', { rows: 4, columns: 8, matrix: weights.at(16, floats), output });
    expect(transpose(32)).not.toThrow();
    expect(transpose(16)).toThrow('transpose (t): matrix needs 32 floats, but weights has 16');
  });

  it('refuses groups whose fields contradict each other', () => {
    const builder = new ProgramBuilder();
    const x = builder.temporary('x', 30);
    expect(() => copy(builder, { first: { ...plainView(x), scale: x } })).toThrow(
      'add (copy): first is wrong: scale and shift go together',
    );
  });

  it('refuses temporaries in prepared operations, and an arena larger than offsets can address', () => {
    const builder = new ProgramBuilder();
    const [matrix, output] = [builder.persistent('weights', 32), builder.temporary('out', 32)];
    expect(() => builder.emitPrepare('transpose', 't', { rows: 4, columns: 8, matrix, output })).toThrow(
      'output is a temporary buffer, but prepared operations need persistent ones',
    );
    builder.persistent('large', 2 ** 31);
    expect(() => builder.finish()).toThrow('a plan of 9 GiB is more than a program can address');
  });

  it('refuses missing arguments, NaN and unknown choices at run time too', () => {
    const builder = new ProgramBuilder();
    const wrong = (change: object) => () => copy(builder, change as Partial<OpArguments<'add'>>);
    expect(wrong({ output: null })).toThrow('output is missing');
    expect(wrong({ hw: 1.5 })).toThrow('hw is not a valid size or choice');
    expect(wrong({ first: { ...NO_VIEW, x: builder.temporary('x', 30), activation: 'gelu' } })).toThrow(
      'first.activation is not a valid size or choice',
    );
    const values = builder.temporary('values', 4);
    expect(() =>
      builder.emit('dropout', 'd', { count: 4, layer: 0, rate: Number.NaN, key: values, values }),
    ).toThrow('dropout (d): rate is NaN');
  });

  it("the compiler requires exactly the operation's arguments", () => {
    const builder = new ProgramBuilder();
    const partials = builder.temporary('partials', 64);
    const sizes = { count: 4, parts: 2, stride: 16 };
    builder.emit('reduce', 'r', { ...sizes, partials, output: partials });
    // @ts-expect-error: the output is missing
    expect(() => builder.emit('reduce', 'r', { ...sizes, partials })).toThrow('output is missing');
    const swapped = { ...sizes, count: partials, partials: 4, output: partials };
    // @ts-expect-error: a buffer instead of a size, and a size instead of a buffer
    expect(() => builder.emit('reduce', 'r', swapped)).toThrow('count is not a valid size');
    // @ts-expect-error: an argument of another operation
    builder.emit('reduce', 'r', { ...sizes, partials, output: partials, tiles: 2 });
  });
});

describe.each(VARIANTS)('$name', ({ backend, ...variant }) => {
  const builder = new ProgramBuilder();
  copy(builder);
  const { floats, program } = builder.finish();
  const allocate = (words: Iterable<number>) =>
    withVariant({ backend, ...variant }, async () =>
      openBackend(backend).allocate({ floats, programs: [Int32Array.from(words)], threads: 1 }),
    );
  const refused = (words: Iterable<number>, at: number) =>
    expect(allocate(words)).rejects.toThrow(`no operation at word ${at} of the program`);

  it('runs a program', async () => {
    const machine = await allocate([...program, ...program]);
    const values = Float32Array.from({ length: 30 }, (_, i) => i);
    await machine.write(0, values);
    await machine.run(0);
    expect([...(await machine.read(32, 30))]).toEqual([...values]);
  });

  it('refuses an operation with too many or too few words', async () => {
    const [code, length, ...words] = program;
    await refused([...program, code, length + 1, ...words, 0], length);
    await refused([code, length - 1, ...words.slice(1)], 0);
    await refused([code, length, ...words.slice(1)], 0);
    await refused([code, 1], 0);
    await refused([code], 0);
  });

  it('refuses unknown codes and unknown choices', async () => {
    await refused(program.with(0, OP_NAMES.length), 0);
    await refused(program.with(0, -1), 0);
    // The first view's activation comes after four sizes and the view's four tensors.
    await refused(program.with(2 + 4 + 4, 6), 0);
    await refused(program.with(2 + 4 + 4, -1), 0);
  });

  it('refuses missing and invalid offsets', async () => {
    // The second view may be missing, but the output (the last argument) must be present.
    await refused(program.with(program.length - 1, -1), 0);
    await refused(program.with(program.length - 1, -2), 0);
    await refused(program.with(program.length - 2 - 4, -2), 0);
  });
});

/** The compiler's errors for kernels/ops.h followed by `code`. */
function compiled(code: string): string {
  const source = `#include "ops.h"\nnamespace lexel {\n${code}\n}\nint main() {}\n`;
  const args = ['-std=c++17', '-fsyntax-only', '-Wall', '-I', join(root, 'kernels'), '-x', 'c++', '-'];
  const env = { ...process.env, LC_ALL: 'C' };
  return spawnSync(COMPILER, args, { input: source, encoding: 'utf8', env }).stderr;
}
const COMPILER = process.env.CXX ?? 'g++';
const missing = spawnSync(COMPILER, ['--version']).status !== 0;
if (missing) console.warn(`skipped: what kernels may do with their arguments (${COMPILER} is not there)`);

describe.skipIf(missing)('a kernel', () => {
  const kernel = (body: string) => compiled(`void run(const Context&, const AddOp& a) { ${body} }`);
  const kernelOf = 'void run(const Context&, const AddOp&) {}';
  const visit = `bool all(Words& w, const Context& c) { return with_operation(0, w, [&](const auto& a) { run(c, a); }); }`;

  it('gets its arguments by name', () => {
    expect(kernel('if (a.first.activation == Activation::NONE) a.output[0] = a.first.x[0];')).toBe('');
  });

  it.each([
    ['writes to an input', kernel('a.first.x[0] = 1;'), /read-only|cannot assign/],
    ['reads an argument that the operation does not have', kernel('(void)a.target;'), /no member named/],
    [
      'mixes two kinds of choices',
      kernel('if (a.first.activation == TargetMode::SKIP) return;'),
      /no match|invalid operands/,
    ],
    [
      'omits a case of a choice',
      kernel('switch (a.first.activation) { case Activation::NONE: break; }'),
      /SILU/,
    ],
    ['is missing', compiled(`${kernelOf}\n${visit}`), /InputOp/],
  ])('does not compile if it %s', (_, errors, expected) => {
    expect(errors).toContain('error');
    expect(errors).toMatch(expected);
  });
});

it('kernels/ops.h matches the table', () => {
  const script = 'scripts/build-ops.mjs';
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
