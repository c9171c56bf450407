/** `lexel classify`: the words nearest to a picture, also ones that the network never saw. */

import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { type BackendName, createPredictor } from '../engine/index.js';
import { BUNDLED_MODEL, candidatesOf, classifyPictures, openModel } from '../search/index.js';
import { LexelError, UsageError } from '../util/errors.js';
import { openWords } from '../words/index.js';
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
  const missing = pictures.find((picture) => !existsSync(picture));
  if (missing !== undefined) throw new LexelError(`${missing}: no such file`);
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
  const answers = await classifyPictures(pictures, model, predictor, candidates, flags);
  if (flags.json) {
    console.log(
      JSON.stringify(
        pictures.map((picture, i) => ({ picture, words: answers[i] })),
        null,
        2,
      ),
    );
    return;
  }
  const known = new Set(model.labels);
  answers.forEach((answer, i) => {
    if (pictures.length > 1) console.log(`${i > 0 ? '\n' : ''}${pictures[i]}`);
    const rows = answer.map(({ label, score, unseen }) => {
      const note = unseen ? 'never seen in training' : known.has(label) ? '' : 'not a label of the model';
      return [label, score.toFixed(4), note];
    });
    console.log(table(['word', flags.metric, ''], rows));
  });
}
