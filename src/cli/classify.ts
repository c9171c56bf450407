/** `lexel classify`: the words nearest to a picture, also ones that the network never saw. */

import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { decodeImage } from '../data/index.js';
import { type BackendName, createPredictor } from '../engine/index.js';
import { BUNDLED_MODEL, candidatesOf, classifyOutputs, openModel } from '../search/index.js';
import { modelAnswers } from '../train/index.js';
import { LexelError, UsageError } from '../util/errors.js';
import { openWords } from '../words/index.js';
import { setCode } from './context.js';
import { table } from './table.js';
import { choice, list, whole } from './values.js';

interface ClassifyFlags {
  model?: string;
  top: number;
  labels?: string[];
  words?: string;
  dataDir?: string;
  metric: 'cosine' | 'euclidean';
  backend?: BackendName | 'auto';
  json?: boolean;
}

export function classifyCommand(): Command {
  return new Command('classify')
    .description('the words nearest to a picture')
    .argument('<pictures...>', 'PNG, JPEG or WebP')
    .option('--model <path>', 'a model file or a run directory (default: the model that comes with Lexel)')
    .option('--top <n>', 'how many words', whole(1), 5)
    .option('--labels <labels>', "only these of the model's labels, comma-separated", list)
    .option('--words <vectors>', 'a file, glove, glove:50 or shapes: its words are candidates too')
    .option('--data-dir <dir>', 'where word vectors are looked for first')
    .addOption(choice('--metric <name>', 'closeness', ['cosine', 'euclidean'], 'cosine'))
    .addOption(choice('--backend <name>', 'what computes', ['native', 'wasm', 'auto']))
    .option('--json', 'as JSON')
    .action(classify);
}

async function classify(pictures: string[], flags: ClassifyFlags): Promise<void> {
  if (flags.model === undefined && !existsSync(BUNDLED_MODEL)) {
    throw new UsageError(
      'this copy of Lexel has no model of its own',
      'name one with --model: a run directory or a .safetensors file',
    );
  }
  const model = openModel(flags.model);
  const words = flags.words === undefined ? undefined : await openWords(flags.words, flags);
  const candidates = candidatesOf(model, { labels: flags.labels, words });
  const { mean, std, network } = model;
  const predictor = await createPredictor(network, 1, { backend: flags.backend, mean, std });
  predictor.load(model.weights);
  const { pixels, errors } = await decodeAll(pictures, network.size);
  const answers = classifyOutputs(modelAnswers(model, predictor.predict(pixels)), candidates, flags);
  const known = new Set(model.labels);
  const results: object[] = [];
  for (const [i, picture] of pictures.entries()) {
    const error = errors[i];
    const found = error ? [] : answers.shift()!;
    if (error) results.push({ picture, error: error.message });
    else results.push({ picture, words: found });
    if (error || flags.json) continue;
    const rows = found.map(({ label, score, unseen }) => {
      const note = unseen ? 'never seen in training' : known.has(label) ? '' : 'not a label of the model';
      return [label, score.toFixed(4), note];
    });
    const name = pictures.length > 1 ? `${results.length > 1 ? '\n' : ''}${picture}\n` : '';
    console.log(`${name}${table(['word', flags.metric, ''], rows)}`);
  }
  if (flags.json) console.log(JSON.stringify(results, null, 2));
  const failed = errors.filter((error) => error !== undefined);
  for (const { message, hint } of failed) console.error(`lexel: ${message}${hint ? `\n  ${hint}` : ''}`);
  if (failed.length > 0) setCode(1);
}

/** Pixels of the pictures that can be read, one after the other, and what is wrong with each of the others. */
async function decodeAll(
  pictures: readonly string[],
  size: number,
): Promise<{ pixels: Uint8Array; errors: (LexelError | undefined)[] }> {
  const errors: (LexelError | undefined)[] = [];
  const read: Uint8Array[] = [];
  for (const picture of pictures) {
    try {
      read.push(await decodeImage(picture, size));
      errors.push(undefined);
    } catch (error) {
      if (!(error instanceof LexelError)) throw error;
      errors.push(error);
    }
  }
  return { pixels: Buffer.concat(read), errors };
}
