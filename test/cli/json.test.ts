import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { fakeRun } from '../statistics/support/fake-run.js';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-json-'));
afterAll(() => rmSync(dir, { recursive: true }));

const SMALL =
  '--data shapes --words shapes --net lite --epochs 1 --limit 320 --batch 32 --workers 1 --seed 3'.split(' ');

/** Keys that docs/STABILITY.md promises, by command. */
const ANSWERS: Record<string, { line: string; keys: string[] }> = {
  train: { line: 'train --holdout red_circle --out runs/t', keys: ['runs'] },
  loo: { line: 'loo --classes red_circle,red_star --out runs/l', keys: ['runs'] },
  'pause --list': { line: 'pause runs --list', keys: ['processes', 'unreadable'] },
  'pause --continue': { line: 'pause runs --continue', keys: [] },
  merge: { line: 'merge runs/merged runs/m', keys: ['copied', 'kept', 'drifted', 'unfinished'] },
  report: { line: 'report runs/a', keys: ['files', 'summary'] },
  doctor: { line: 'doctor', keys: ['version', 'backend', 'isa', 'peak'] },
  compare: { line: 'compare runs/a runs/b', keys: ['format', 'version', 'runs', 'rows', 'notes'] },
  classify: { line: 'classify photo.png', keys: ['image', 'words'] },
  evaluate: {
    line: 'evaluate runs/m',
    keys: ['format', 'version', 'seen', 'heldOut', 'classes', 'confusions'],
  },
  analogies: { line: 'analogies circles.txt --words shapes', keys: ['sections', 'total'] },
  index: { line: 'index pictures --out p.lex', keys: ['images', 'embedded', 'kept', 'failed'] },
  find: { line: 'find --like photo.png --index q.lex', keys: ['image', 'score'] },
  'words nearest': { line: 'words nearest circle --words shapes', keys: ['expression', 'metric', 'nearest'] },
  'words evaluate': { line: 'words evaluate circles.txt --words shapes', keys: ['sections', 'total'] },
  'words info': { line: 'words info shapes', keys: ['source', 'words', 'dimension', 'checksum'] },
  'words pack': { line: 'words pack tiny.txt tiny.lexw', keys: ['file', 'words', 'dimension'] },
  'words train': {
    line: 'words train corpus.txt --out made.txt --dim 2 --epochs 1 --min-count 1',
    keys: ['file', 'words', 'dimension'],
  },
  'data info': { line: 'data info shapes', keys: ['name', 'train', 'test', 'classes', 'hash'] },
  'model describe': { line: 'model describe lite', keys: ['name', 'type', 'shape', 'parameters'] },
  'model pack': {
    line: 'model pack runs/m --out m.safetensors',
    keys: ['file', 'bytes', 'labels', 'heldOut'],
  },
};

/**
 * Commands without an answer of their own, those that need a network or a queue (queue.test.ts), and those that do not
 * end.
 */
const EXEMPT = new Set([
  ...['demo', 'studio', 'worker', 'completion', 'slurm-script', 'words get', 'data get'],
  ...['collect', 'queue status', 'queue drain', 'queue cancel', 'queue retry', 'store gc'],
]);

beforeAll(async () => {
  const { default: sharp } = await import('sharp');
  const image = sharp({ create: { width: 32, height: 32, channels: 3, background: '#a33' } }).png();
  const bytes = await image.toBuffer();
  writeFileSync(join(dir, 'photo.png'), bytes);
  await import('node:fs/promises').then((fs) => fs.mkdir(join(dir, 'pictures')));
  writeFileSync(join(dir, 'pictures', 'one.png'), bytes);
  writeFileSync(join(dir, 'circles.txt'), ': colours\nred circle blue square\n');
  writeFileSync(join(dir, 'tiny.txt'), 'a 1 2\nb 3 4\n');
  writeFileSync(
    join(dir, 'corpus.txt'),
    'the red circle and the blue square near the red square '.repeat(20),
  );
  const made = { classes: ['bus', 'otter', 'oak'], groups: [[0], [1]], protocol: 'loo' };
  fakeRun(join(dir, 'runs', 'a'), made);
  fakeRun(join(dir, 'runs', 'b'), made);
  const ready = await Promise.all([
    lexel(['train', ...SMALL, '--out', 'runs/m'], { cwd: dir }),
    lexel(['index', 'pictures', '--out', 'q.lex'], { cwd: dir }),
  ]);
  expect(ready.map(({ code, err }) => [code, err.includes('lexel:')])).toEqual([
    [0, false],
    [0, false],
  ]);
});

async function leaves(command: Command, path: readonly string[]): Promise<string[]> {
  if (command.commands.length === 0) return [path.join(' ')];
  return (await Promise.all(command.commands.map((sub) => leaves(sub, [...path, sub.name()])))).flat();
}

describe.concurrent('--json', () => {
  it('is an option of every command that answers', async () => {
    for (const { name, load } of COMMANDS) {
      const command = new Command(name);
      (await load())(command);
      for (const path of await leaves(command, [name])) {
        if (EXEMPT.has(path)) continue;
        expect(
          Object.keys(ANSWERS).some((key) => key === path || key.startsWith(`${path} --`)),
          path,
        ).toBe(true);
      }
    }
  });

  it.each(Object.entries(ANSWERS))(
    'lexel %s prints one document and nothing else',
    async (_, { line, keys }) => {
      const words = line.split(' ');
      const trains = words[0] === 'train' || words[0] === 'loo';
      const { code, out, err } = await lexel([...words, ...(trains ? SMALL : []), '--json'], {
        cwd: dir,
        env: { FORCE_COLOR: '1' },
      });
      expect(code, err).toBe(0);
      expect(out.endsWith('\n')).toBe(true);
      const answer = JSON.parse(out);
      const first = Array.isArray(answer) ? answer[0] : answer;
      for (const key of keys) expect(Object.keys(first)).toContain(key);
      if (trains) {
        expect(answer.runs).toMatchObject([{ failed: [], stopped: false }]);
        expect(answer.runs[0].summary.run.seed).toBe(3);
        expect(err).toContain('shapes (60 classes');
      }
    },
  );

  it('a failed run is in the document, and the exit code is 1', async () => {
    const line = ['train', ...SMALL, '--lr', '1e30', '--clip', '0', '--out', 'runs/failed', '--json'];
    const { code, out } = await lexel(line, { cwd: dir });
    expect(code).toBe(1);
    const { runs } = JSON.parse(out);
    expect(runs[0].finished).toEqual([]);
    expect(runs[0].failed[0].message).toContain('training diverged');
  });

  it('with an error, standard output stays empty', async () => {
    expect(await lexel(['words', 'info', 'nowhere', '--json'], { cwd: dir })).toMatchObject({ out: '' });
  });
});
