import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resealSafetensors } from '../../src/formats/index.js';
import { lexel } from './lexel.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-merge-'));
afterAll(() => rmSync(root, { recursive: true }));

const TINY = [
  ...['loo', '--protocol', 'holdout:20', '--net', 'lite', '--width', '0.25', '--epochs', '1'],
  ...['--limit', '128', '--batch', '32', '--control', 'permuted'],
];
const run = (...args: string[]) => lexel(args, { cwd: root });
const file = (dir: string, fold: string, kind: string) => join(root, dir, 'folds', `${fold}.${kind}`);
const folds = ['split-0', 'split-1', 'split-2'];
const resultsOf = (dir: string) =>
  folds.flatMap((fold) =>
    ['outputs', 'model'].map((kind) => readFileSync(file(dir, fold, `${kind}.safetensors`), 'base64')),
  );
/** Names and contents of all files. */
const treeOf = (dir: string) =>
  readdirSync(join(root, dir), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => `${path} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`)
    .sort();
const copyOf = (dir: string, name: string) => cpSync(join(root, dir), join(root, name), { recursive: true });
const change = (path: string, change: (text: string) => string) =>
  writeFileSync(path, change(readFileSync(path, 'utf8')));

beforeAll(async () => {
  for (const [dir, ...more] of [['whole'], ['a', '--shard', '1/2'], ['b', '--shard', '2/2']]) {
    const { code, err } = await run(...TINY, ...more, '--out', dir);
    expect(code, err).toBe(0);
  }
});

describe('lexel merge', () => {
  it('joins shards into a new run with the bits of a single one, and leaves the sources as they are', async () => {
    const before = [treeOf('a'), treeOf('b')];
    const { code, out } = await run('merge', 'out', 'a', 'b');
    expect([code, out]).toEqual([
      0,
      'a: 2 folds copied\nb: 1 fold copied\nout: 3 folds finished, 0 of them were there before\n',
    ]);
    expect([treeOf('a'), treeOf('b')]).toEqual(before);
    expect(resultsOf('out')).toEqual(resultsOf('whole'));
    for (const name of ['targets.npy', 'words.npy'])
      expect(readFileSync(join(root, 'out', name))).toEqual(readFileSync(join(root, 'whole', name)));
    const { folds, joined } = JSON.parse(readFileSync(join(root, 'out', 'run.json'), 'utf8'));
    expect(folds.map(({ id }: { id: string }) => id)).toEqual(['split-0', 'split-1', 'split-2']);
    expect(joined).toMatchObject([{ folds: ['split-1'], command: expect.stringContaining('--shard 2/2') }]);
    expect(readdirSync(join(root, 'out', 'folds')).filter((name) => /lock|tmp/.test(name))).toEqual([]);
    expect((await run('report', 'out')).code).toBe(0);
    expect((await run(...TINY, '--out', 'out')).code).toBe(0);
  });

  it('compares what several directories have, and keeps what is there', async () => {
    const { code, out } = await run('merge', 'both', 'a', 'whole', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      copied: [
        { fold: 'split-0', from: 'a' },
        { fold: 'split-2', from: 'a' },
        { fold: 'split-1', from: 'whole' },
      ],
      ...{ kept: [], drifted: [], unfinished: [] },
    });
    const tree = treeOf('both');
    const again = JSON.parse((await run('merge', 'both', 'b', '--json')).out);
    expect(again).toMatchObject({ copied: [], kept: ['split-0', 'split-1', 'split-2'] });
    expect(treeOf('both')).toEqual(tree);
  });

  it('leaves unfinished folds out, which the joined run can train', async () => {
    copyOf('b', 'begun');
    rmSync(file('begun', 'split-1', 'outputs.safetensors'));
    change(file('begun', 'split-1', 'jsonl'), (log) => log.replace(/\{"type":"end".*\n/, ''));
    const { code, out } = await run('merge', 'rest', 'a', 'begun');
    expect(code).toBe(0);
    expect(out).toContain('Left out because no directory has finished them: split-1\n');
    expect((await run('loo', '--resume', 'rest')).code).toBe(0);
    expect(resultsOf('rest')).toEqual(resultsOf('whole'));
  });

  it('writes nothing if a result differs, is damaged, or belongs to another experiment', async () => {
    const outputs = 'outputs.safetensors';
    copyOf('b', 'other-bits');
    const bytes = readFileSync(file('b', 'split-1', outputs));
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(file('other-bits', 'split-1', outputs), resealSafetensors(bytes));
    const differ = await run('merge', 'no', 'whole', 'other-bits');
    expect(differ.code).toBe(1);
    expect(differ.err).toContain(
      `fold split-1: whole/folds/split-1.${outputs} and other-bits/folds/split-1.${outputs} differ`,
    );

    copyOf('b', 'damaged');
    writeFileSync(file('damaged', 'split-1', outputs), bytes);
    const damaged = await run('merge', 'no', 'a', 'damaged');
    expect(damaged.code).toBe(1);
    expect(damaged.err).toContain(`damaged/folds/split-1.${outputs}: `);

    copyOf('b', 'other-seed');
    change(join(root, 'other-seed', 'run.json'), (text) => text.replace('"seed": 0', '"seed": 1'));
    const seed = await run('merge', 'no', 'a', 'other-seed');
    expect(seed.code).toBe(2);
    expect(seed.err).toContain('other-seed cannot be joined: a already holds a run with another seed (0)');
    expect((await run('merge', 'a', 'b', './b')).err).toContain('./b is named twice');
    expect((await run('merge', 'no', 'nowhere')).err).toContain('nowhere is not a run directory');
    expect(readdirSync(root)).not.toContain('no');
  });

  it('joins runs of different builds only if told so', async () => {
    copyOf('b', 'built');
    change(join(root, 'built', 'run.json'), (text) => text.replace(/"build": "\w+"/, '"build": "0123"'));
    const refused = await run('merge', 'drift', 'a', 'built');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('--allow-drift');
    expect((await run('merge', 'drift', 'a', 'built', '--allow-drift')).code).toBe(0);
    expect(resultsOf('drift')).toEqual(resultsOf('whole'));
  });
});
