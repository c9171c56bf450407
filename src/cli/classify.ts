/** `lexel classify`: the words nearest to a picture, also ones that the network never saw. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { openModel } from '../crossval/index.js';
import { decodeImage } from '../data/index.js';
import { type BackendName, createPredictor } from '../engine/index.js';
import { type Candidate, classifyOutputs } from '../search/index.js';
import type { Model } from '../train/index.js';
import { LexelError, UsageError } from '../util/errors.js';
import { labelVectors, openWords } from '../words/index.js';
import { table } from './table.js';
import { choice, list, whole } from './values.js';

/** What `classify` uses when no model is named. */
const BUNDLED_MODEL = fileURLToPath(
  new URL('../../assets/models/lite-cifar100.safetensors', import.meta.url),
);

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
    .option('--labels <labels>', "only these, the model's own or, with --words, any; comma-separated", list)
    .option('--words <vectors>', 'a file, glove, glove:50 or shapes: its words are candidates too')
    .option('--data-dir <dir>', 'where word vectors are looked for first')
    .addOption(choice('--metric <name>', 'closeness', ['cosine', 'euclidean'], 'cosine'))
    .addOption(choice('--backend <name>', 'what computes', ['native', 'wasm', 'auto']))
    .option('--json', 'as JSON')
    .action(async (pictures: string[], flags: ClassifyFlags) => {
      const model = openModel(modelPath(flags.model));
      const candidates = await chooseCandidates(model, flags);
      const { mean, std, network } = model;
      const predictor = await createPredictor(network, 1, { backend: flags.backend, mean, std });
      predictor.load(model.weights);
      const answers = [];
      for (const picture of pictures) {
        if (!existsSync(picture)) throw new LexelError(`${picture}: no such file`);
        const output = predictor.predict(await decodeImage(picture, network.size));
        const [words] = classifyOutputs(output, candidates, { ...flags, mean: model.seenMean });
        answers.push({ picture, words });
      }
      if (flags.json) return console.log(JSON.stringify(answers, null, 2));
      for (const { picture, words } of answers) {
        if (pictures.length > 1) console.log(`\n${picture}`);
        const rows = words.map(({ word, score }) => [word, score.toFixed(4), note(model, word)]);
        console.log(table(['word', flags.metric, ''], rows));
      }
    });
}

function modelPath(given: string | undefined): string {
  if (given !== undefined) return given;
  if (existsSync(BUNDLED_MODEL)) return BUNDLED_MODEL;
  throw new UsageError(
    'this copy of Lexel has no model of its own',
    'name one with --model: runs/x or a .safetensors',
  );
}

/** What the network knew of a word. */
function note(model: Model, word: string): string {
  if (model.heldOut.includes(word)) return 'never seen in training';
  return model.labels.includes(word) ? '' : 'not a label of the model';
}

/** The model's labels; with --words that store's words too; with --labels only those. */
async function chooseCandidates(model: Model, flags: ClassifyFlags): Promise<Candidate[]> {
  const d = model.network.outputs;
  const own = new Map(model.labels.map((word, i) => [word, model.vectors.subarray(i * d, (i + 1) * d)]));
  const asked = flags.labels && [...new Set(flags.labels)];
  if (flags.words === undefined) {
    return (asked ?? model.labels).map((word) => {
      const vector = own.get(word);
      if (vector) return { word, vector };
      throw new UsageError(`the model has no label "${word}"`, 'name word vectors that have it with --words');
    });
  }
  const store = await openWords(flags.words, { dataDir: flags.dataDir });
  if (store.dimension !== d) {
    throw new LexelError(
      `${store.source} has ${store.dimension} dimensions, the model answers in ${d}`,
      `the model was trained on ${model.words.source}; use these vectors`,
    );
  }
  if (store.checksum !== model.words.checksum) {
    console.error(
      `Note: ${store.source} is not the file that the model was trained on (${model.words.source}).`,
    );
  }
  const unknown = asked?.filter((word) => !own.has(word)) ?? [];
  const found = unknown.length > 0 ? labelVectors(store, unknown) : undefined;
  unknown.forEach((word, i) => {
    own.set(word, found!.vectors.subarray(i * d, (i + 1) * d));
  });
  if (asked) return asked.map((word) => ({ word, vector: own.get(word)! }));
  store.words.forEach((word, i) => {
    if (!own.has(word)) own.set(word, store.matrix.subarray(i * d, (i + 1) * d));
  });
  return [...own].map(([word, vector]) => ({ word, vector }));
}
