/** Runs a small part of `npm run fuzz`, and checks that it detects every kind of fault. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const dir = mkdtempSync(join(tmpdir(), 'lexel-fuzz-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

function fuzz(cwd: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [resolve('scripts/fuzz.mjs'), ...args], { cwd }, (error, out, err) =>
      done({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

/** Parses the printed table: numbers by column name, by reader. */
function tableOf(out: string): Map<string, Record<string, number>> {
  const rows = out.split('\n').filter((line) => line.startsWith('|'));
  const [head, , ...body] = rows.map((line) => line.slice(2, -2).split(' | '));
  return new Map(
    body.map(([name, ...cells]) => [
      name,
      Object.fromEntries(cells.map((cell, i) => [head[i + 1], Number.parseFloat(cell.replace(',', ''))])),
    ]),
  );
}

/** A busy machine makes no reader slow. */
const PATIENT = ['--slow-ms', '10000'];

describe('npm run fuzz', () => {
  it('finds no fault in 400 cases over all readers, most of which get past the header', async () => {
    const { code, out, err } = await fuzz(dir, '--cases', '400', '--seed', '3', ...PATIENT);
    expect(err).toBe('');
    expect(out).toContain('seed 3');
    const table = tableOf(out);
    expect(code, out).toBe(0);
    expect(table.size).toBeGreaterThan(35);
    for (const [name, { tried, refused, read }] of table) {
      expect(tried, name).toBeGreaterThan(0);
      expect(refused + read, name).toBe(tried);
    }
    const { tried, read, 'past header': past } = table.get('**all**')!;
    expect(tried).toBeGreaterThan(380);
    expect(read).toBeGreaterThan(20);
    expect(past).toBeGreaterThan(50);
  });

  it('adds up pieces, each once', async () => {
    const file = join(dir, 'results.json');
    const piece = (...args: string[]) =>
      fuzz(dir, '--reader', 'lock', '--cases', '30', '--add-to', file, ...PATIENT, ...args);
    expect((await piece('--seed', '1')).code).toBe(0);
    const { code, out } = await piece('--seed', '2', '--first', '30');
    expect(code, out).toBe(0);
    const { tried, refused, read } = tableOf(out).get('lock')!;
    expect([tried, refused + read]).toEqual([60, 60]);
    expect(out).toMatch(/\n60 cases in \d+ s .*, 2 pieces/);
    const again = await piece('--seed', '2', '--first', '30');
    expect([again.code, again.err]).toEqual([
      2,
      `fuzz: ${file} has the cases of seed 2 from 30 on already\n`,
    ]);
    const all = await fuzz(dir, '--cases', '50', '--add-to', file, '--seed', '2', '--first', '30');
    expect(all.code).toBe(2);
    const npy = ['--reader', 'npy', '--cases', '5', '--add-to', file, '--seed', '1', ...PATIENT];
    const other = await fuzz(dir, ...npy);
    expect(other.code, other.out).toBe(0);
    expect(tableOf(other.out).get('**all**')!.tried).toBe(65);
  });

  it('reproduces a case from its number', async () => {
    const folders = ['one', 'two'].map((name) => join(dir, name));
    const args = ['--seed', '5', '--reader', 'record, alone', '--case', '17'];
    for (const folder of folders) {
      mkdirSync(folder);
      expect((await fuzz(folder, ...args)).code).toBe(0);
    }
    const [one, two] = folders.map((folder) => readFileSync(join(folder, 'case-17-x.record.safetensors.br')));
    expect(one.equals(two)).toBe(true);
  });

  it('reports every kind of fault with its case number and continues after it', async () => {
    const errors = pathToFileURL(resolve('dist/util/errors.js')).href;
    const module = join(dir, 'broken.mjs');
    writeFileSync(
      module,
      `import { writeFileSync } from 'node:fs';
      import { FormatError, LexelError } from ${JSON.stringify(errors)};
      const VALID = Buffer.from('valid file');
      const broken = (read) => ({
        file: 'x', checked: () => true, codec: { open: () => { throw new Error('no parts'); } },
        write: (file) => writeFileSync(file, VALID),
        read: (file, one) => one.bytes.equals(VALID) ? 'valid' : read(file, one),
      });
      // The whole file is one part: every case mutates its bytes.
      const whole = { open: (bytes) => [{ kind: 'bytes', bytes }], close: ([{ bytes }]) => bytes };
      const of = (read) => ({ ...broken(read), codec: whole });
      const held = [];
      export const READERS = {
        foreign: of(() => { throw new TypeError('undefined is no function'); }),
        stray: of(() => { Promise.reject(new RangeError('nobody awaits this')); }),
        unnamed: of(() => { throw new LexelError('something is wrong'); }),
        // Some of its cases are resealed and therefore do not count as believed.
        believed: { ...of((_, { bytes }) => bytes), share: 20 },
        slow: of(() => new Promise((done) => setTimeout(done, 900))),
        large: of(() => { held.length = 0; held.push(Buffer.alloc(100 << 20, 1)); }),
        hung: of(() => { for (;;); }),
        crashed: of(() => { process.abort(); }),
        right: of((file) => { throw new FormatError(file, 'is damaged'); }),
      };`,
    );
    const { code, out } = await fuzz(
      dir,
      '--readers',
      module,
      '--cases',
      '28',
      '--slow-ms',
      '400',
      '--memory-mib',
      '64',
    );
    const table = tableOf(out);
    expect(code).toBe(1);
    const kindsOf = (name: string) =>
      [...out.matchAll(/^(\w+) \(\d+ cases\) (\w+):/gm)].flatMap(([, kind, of]) =>
        of === name ? [kind] : [],
      );
    for (const kind of ['foreign', 'unnamed', 'believed', 'slow', 'large', 'hung', 'crashed'])
      expect(kindsOf(kind), out).toContain(kind);
    expect(kindsOf('stray')).toContain('foreign');
    expect(table.get('right')).toMatchObject({ tried: 1 });
    expect(out).not.toContain(' right: ');
    expect(out).toContain("npm run fuzz -- --seed 1 --reader 'hung' --case 0");
    expect(table.get('**all**')).toMatchObject({ tried: 28 });
  });
});
