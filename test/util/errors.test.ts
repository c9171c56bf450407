import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  buildNetwork,
  createPredictor,
  ERROR_CODES,
  type ErrorCode,
  FormatError,
  LexelError,
  openDataset,
  openModel,
  openWords,
  prepareExperiment,
  readRun,
  UsageError,
} from '../../src/index.js';
import { updateIndex } from '../../src/search/index.js';
import { download } from '../../src/util/download.js';
import { temporary } from '../data/helpers.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs', 'STABILITY.md'), 'utf8');

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(join(root, 'src', name), 'utf8') }));

/** Classes that a public function never throws, and why. */
const INTERNAL: Record<string, string> = {
  HttpFault: 'an answer of the studio',
  Interrupted: 'a broken connection, which download retries',
  NotRegularError: 'readers give it the name of the file, as a FormatError',
  TooLarge: 'decodeImage gives it the name of the image, as a FormatError',
};

/** Errors of class Error: faults of Lexel, or errors that their caller turns into a LexelError. */
const PLAIN: Record<string, number> = {
  'binding/native.ts': 1, // the backend's opener turns it into a LexelError
  'binding/wasm.ts': 1, // a faulty binary
  'binding/wasm-files.ts': 1, // the backend's opener turns it into a LexelError
  'layout/layout.ts': 1, // the worker ended by itself
  'server/messages/map.ts': 1, // the page shows it
  'engine/gradients.ts': 1,
  'engine/lowering.ts': 1, // networks are checked before
  'engine/program.ts': 2,
  'engine/backends/wasm-threads.ts': 1,
};

describe('error codes', () => {
  it('are listed in docs/STABILITY.md with their meaning and exit code', () => {
    const rows = [...page.matchAll(/^\| `(LEXEL_\w+)` \| (.+) \| (\d+) \|$/gm)].map((row) => row.slice(1));
    expect(rows).toEqual(
      Object.entries(ERROR_CODES).map(([code, { meaning, exit }]) => [code, meaning, String(exit)]),
    );
  });

  it('belong to every class of errors in src/, except internal ones', () => {
    const parents = new Map(
      sources.flatMap(({ text }) =>
        [...text.matchAll(/class (\w+) extends (\w*Error)\b/g)].map(
          ([, name, parent]) => [name, parent] as const,
        ),
      ),
    );
    const rootOf = (name: string): string => (parents.has(name) ? rootOf(parents.get(name)!) : name);
    const outside = [...parents.keys()].filter(
      (name) => name !== 'LexelError' && !isFamily(name, parents) && !(name in INTERNAL),
    );
    expect(parents.size).toBeGreaterThan(6);
    expect(rootOf('FormatError')).toBe('Error');
    expect(outside).toEqual([]);
  });

  it('belong to every error that src/ creates, except faults of Lexel itself', () => {
    const plain: Record<string, number> = {};
    for (const { name, text } of sources) {
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      const count = [...code.matchAll(/(?:throw|reject\() ?new (?:Type|Range|Syntax)?Error\(/g)].length;
      if (count > 0) plain[name] = count;
    }
    expect(plain).toEqual(PLAIN);
  });
});

const isFamily = (name: string, parents: ReadonlyMap<string, string>): boolean =>
  name === 'LexelError' || (parents.has(name) && isFamily(parents.get(name)!, parents));

const EXPERIMENT = {
  ...{ data: 'shapes', words: 'shapes', net: 'lite', recipe: 'poster', preset: 'adamw' },
  ...{ protocol: 'loo', seed: 0, epochs: 1 },
};

describe('public functions throw', () => {
  let dir: string;
  const saved = process.env.LEXEL_DATA;
  beforeEach(async () => {
    dir = await temporary();
    process.env.LEXEL_DATA = dir;
  });
  afterEach(() => {
    if (saved === undefined) delete process.env.LEXEL_DATA;
    else process.env.LEXEL_DATA = saved;
  });

  const model = () => openModel(undefined, { backend: 'wasm' });
  const pixels = (size: number) => ({ data: new Uint8Array(size * size * 3), width: size, height: size });
  const cases: [string, ErrorCode, (dir: string) => unknown][] = [
    ['openDataset of an unknown name', 'LEXEL_USAGE', () => openDataset('cifar-11')],
    [
      'openDataset of published images that are not there',
      'LEXEL_NOT_FOUND',
      () => openDataset('cifar-100', { dataDir: 'none' }),
    ],
    ['openWords of an unknown name', 'LEXEL_USAGE', () => openWords('glove-of-mars')],
    ['openModel of a folder without a model', 'LEXEL_NOT_FOUND', (at) => openModel(at)],
    [
      'openWords of a damaged file',
      'LEXEL_FORMAT',
      async (at) => {
        await writeFile(join(at, 'bad.txt'), 'red 1 2 3\nblue 1 2\n');
        return openWords(join(at, 'bad.txt'));
      },
    ],
    ['require of an unknown word', 'LEXEL_NOT_FOUND', async () => (await openWords('shapes')).require('zzz')],
    [
      'nearest of a vector of other length',
      'LEXEL_INVALID',
      async () => (await openWords('shapes')).nearest(new Float32Array(3), 1),
    ],
    [
      'openModel of a damaged file',
      'LEXEL_FORMAT',
      async (at) => {
        await writeFile(join(at, 'bad.safetensors'), 'not a model');
        return openModel(join(at, 'bad.safetensors'));
      },
    ],
    [
      'openModel with an unknown reading',
      'LEXEL_USAGE',
      () => openModel(undefined, { reading: 'tea-leaves' }),
    ],
    ['embed of a value that is not an image', 'LEXEL_INVALID', () => model().embed(undefined as never)],
    ['embed of a missing file', 'LEXEL_FORMAT', (at) => model().embed(join(at, 'none.png'))],
    [
      'classify with labels and a vocabulary',
      'LEXEL_USAGE',
      () => model().classify(pixels(8), { labels: ['cat'], vocab: 5 }),
    ],
    ['classify with an unknown label', 'LEXEL_USAGE', () => model().classify(pixels(8), { labels: ['zzz'] })],
    ['buildNetwork of an unknown name', 'LEXEL_USAGE', () => buildNetwork('vgg', { outputs: 5 })],
    [
      'predict of a part of an image',
      'LEXEL_INVALID',
      async () => {
        const network = buildNetwork('lite', { outputs: 5 });
        return (
          await createPredictor(network, 1, { backend: 'wasm', mean: [0, 0, 0], std: [1, 1, 1] })
        ).predict(new Uint8Array(5));
      },
    ],
    ['readRun of a folder without a run', 'LEXEL_NOT_FOUND', (at) => readRun(at)],
    [
      'prepareExperiment with an unknown recipe',
      'LEXEL_USAGE',
      () => prepareExperiment({ ...EXPERIMENT, recipe: 'soup' }),
    ],
    [
      'updateIndex of a folder without images',
      'LEXEL_INVALID',
      (at) => updateIndex(at, join(at, 'a.lex'), model()),
    ],
    [
      'download from a closed port',
      'LEXEL_DOWNLOAD',
      (at) => download('http://127.0.0.1:1/a', join(at, 'a'), { retries: 0 }),
    ],
  ];
  it.each(cases)('%s: %s', async (_name, code, call) => {
    const error = await Promise.resolve()
      .then(() => call(dir))
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(LexelError);
    expect((error as LexelError).code).toBe(code);
    if (code === 'LEXEL_USAGE') expect(error).toBeInstanceOf(UsageError);
    if (code === 'LEXEL_FORMAT') expect(error).toBeInstanceOf(FormatError);
  });
});
