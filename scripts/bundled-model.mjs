// The model that ships with Lexel, made and measured: node scripts/bundled-model.mjs --out runs/bundled
//
// Ten of CIFAR-100's single-word labels are drawn by the seed and held out: neither their images nor their names are used in training. The other
// 90 classes train `lite` with the recipe `joint` on the vectors of `--words pack`. The model is packed as float16 into assets/models, and
// measured on the official test images with the reading that `lexel classify` uses. A training that was stopped is resumed. --measure skips
// the training and measures any models of CIFAR-100's labels, of earlier versions too; the ten labels stay the same.
//
// To try every step in some 15 s: --out /tmp/try --model /tmp/try.safetensors --epochs 1 --limit 900 --images 2
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { gather, openDataset } from '../dist/data/index.js';
import { openModel } from '../dist/search/index.js';
import { deriveKey, Random } from '../dist/util/random.js';

const SEED = 0;
const HELD_OUT = 10;
const TOP = [1, 5, 10];
/** Words of the vocabulary that stand beside the labels. */
const VOCABULARY = 10_000;

const bin = fileURLToPath(new URL('../bin/lexel.js', import.meta.url));
const asset = fileURLToPath(new URL('../assets/models/lite-joint.safetensors', import.meta.url));
const list = (text) => text.split(',').filter(Boolean);
const count = (text) => {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, at least 1.');
};
const command = new Command('node scripts/bundled-model.mjs')
  .description('Trains, packs and measures the model that ships with Lexel.')
  .option('--out <dir>', 'the run directory', 'runs/bundled')
  .option('--model <file>', 'the packed model', asset)
  .option('--epochs <n>', 'passes over the training images', count, 60)
  .option('--limit <n>', 'training images (default: all)', count)
  .option('--images <n>', 'test images of each class to measure with (default: all)', count)
  .option('--data-dir <dir>', 'folder that is searched first for the images')
  .option('--measure <models>', 'only measure these model files, comma-separated', list)
  .parse();
const { out, model: packed, epochs, limit, images: most, dataDir, measure } = command.opts();
if (limit && packed === asset)
  command.error('error: with --limit, --model says where the model goes: it is not the one that ships');
const data = dataDir ? ['--data-dir', dataDir] : [];

/** The labels to hold out: the first ten of the single-word labels in an order drawn by the seed. */
function drawn(labels) {
  const single = labels.filter((label) => !label.includes('_'));
  return new Random(deriveKey(SEED, 'bundled model')).shuffle(single).slice(0, HELD_OUT);
}

function lexel(...args) {
  console.log(`lexel ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [bin, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const dataset = await openDataset('cifar-100', { dataDir });
const heldOut = drawn(dataset.classes);
console.log(`held out: ${heldOut.join(', ')}`);
if (!measure) {
  const training = [
    ...['--data', 'cifar-100', '--words', 'pack', '--net', 'lite', '--recipe', 'joint'],
    ...['--holdout', heldOut.join(','), '--epochs', String(epochs), '--seed', String(SEED)],
    ...(limit ? ['--limit', String(limit)] : []),
  ];
  if (existsSync(join(out, 'run.json'))) lexel('train', '--resume', out, ...data);
  else lexel('train', ...training, ...data, '--out', out);
  lexel('model', 'pack', out, '--half', '--out', packed);
}

/** Pixels of the test images of some classes, and their labels. */
function testImages(classes) {
  const { test, classes: names } = dataset;
  const left = new Map(classes.map((label) => [names.indexOf(label), most ?? test.count]));
  const ids = Int32Array.from(
    [...Array(test.count).keys()].filter((i) => {
      const more = left.get(test.labels[i]) ?? 0;
      left.set(test.labels[i], more - 1);
      return more > 0;
    }),
  );
  const pixels = new Uint8Array(ids.length * test.size ** 2 * 3);
  gather(test, ids, 0, ids.length, pixels);
  return {
    images: { data: pixels, count: ids.length, width: test.size, height: test.size },
    labels: Array.from(ids, (i) => names[test.labels[i]]),
  };
}

/** hit@k of the true label among some candidates, and of guessing. */
async function hits(model, { images, labels }, options) {
  const answers = await model.classify(images, { ...options, top: Math.max(...TOP) });
  const { names } = await model.candidates(options);
  const ranks = answers.map((found, i) => found.findIndex(({ label }) => label === labels[i]));
  const share = (k) => ranks.filter((rank) => rank >= 0 && rank < k).length / ranks.length;
  return TOP.map((k) => ({ k, value: share(k), chance: Math.min(1, k / names.length) }));
}

const percent = (share) => `${(100 * share).toFixed(share > 0 && share < 0.001 ? 2 : 1)} %`;
const cells = (found) =>
  found.map(({ value, chance }) => `${percent(value)} (${percent(chance)})`).join(' | ');
const seen = testImages(dataset.classes.filter((label) => !heldOut.includes(label)));
const unseen = testImages(heldOut);

for (const file of measure ?? [packed]) {
  const model = openModel(file, { dataDir });
  console.log(`\n${file}, reading ${model.readingName}\n`);
  console.log(`| images | candidates | ${TOP.map((k) => `hit@${k} (chance)`).join(' | ')} |`);
  console.log(`| --- | --- |${' --- |'.repeat(TOP.length)}`);
  const row = async (images, name, candidates, options) =>
    console.log(`| ${name} | ${candidates} | ${cells(await hits(model, images, options))} |`);
  await row(seen, `the other ${dataset.classes.length - HELD_OUT} classes`, 'all 100 labels', {});
  await row(unseen, `the ${HELD_OUT} labels`, `these ${HELD_OUT}`, { labels: heldOut });
  await row(unseen, `the ${HELD_OUT} labels`, 'all 100 labels', {});
  const vocab = { vocab: VOCABULARY };
  const words = await model.candidates(vocab).catch(() => undefined);
  if (words) await row(unseen, `the ${HELD_OUT} labels`, `${words.names.length} words`, vocab);
  console.log(
    `\n| label | hit@1 among these ${HELD_OUT} | ${TOP.map((k) => `hit@${k} among all`).join(' | ')} |`,
  );
  console.log(`| --- | --- |${' --- |'.repeat(TOP.length)}`);
  for (const label of heldOut) {
    const own = testImages([label]);
    const [among] = await hits(model, own, { labels: heldOut });
    const all = await hits(model, own, {});
    console.log(
      `| ${label} | ${percent(among.value)} | ${all.map(({ value }) => percent(value)).join(' | ')} |`,
    );
  }
}
