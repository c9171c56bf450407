// Readers of images (encoded files and CIFAR's binary files), image indexes, superclass files and network descriptions.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import {
  decodeImage,
  readCifar10,
  readCifar100,
  readSuperclasses,
  shapesWorld,
  withSuperclasses,
} from '../../../dist/data/index.js';
import { toHalf } from '../../../dist/formats/index.js';
import { layerTable, parameterSpecs, parseNetwork } from '../../../dist/nn/index.js';
import { readIndex, writeIndex } from '../../../dist/search/index-file.js';
import { BLOCKS_OUTER, blocksCodec } from '../codecs/blocks.mjs';
import { IMAGE } from '../codecs/images.mjs';
import { JSON_FILE, LINES, records } from '../codecs/plain.mjs';
import { pixelsOf } from './pixels.mjs';
import { NETWORK } from './tensors.mjs';

// No cache and no threads, so that each case's time and memory are its own.
sharp.cache(false);
sharp.concurrency(1);

const PIXELS = 3072;

/** The reader of an encoded image; the image of seed 2 is larger. @param options options of the encoder */
const encoded = (format, options = {}) => ({
  file: `x.${format}`,
  async write(file, seed) {
    const { data, width, height } = pixelsOf(10 * seed, 7);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .toFormat(format, options)
      .toFile(file);
  },
  codec: IMAGE,
  outer: [/unsupported image format/, /the file is empty/, /in an unknown format/],
  read: (file) => decodeImage(file, 32),
});

const record = (labels, salt) =>
  Buffer.concat([
    Buffer.from(labels),
    Buffer.from(Array.from({ length: PIXELS }, (_, i) => (i * salt) & 255)),
  ]);

/** The reader of a folder in CIFAR's layout, in which one file (`own`) is damaged. */
function cifar(name, layout, readFolder) {
  const { labelBytes, names, files, own } = layout;
  const recordsOf = (seed) =>
    Buffer.concat([1, 2, 3].map((i) => record(labelBytes === 2 ? [i, 20 * i + seed] : [i], i)));
  return {
    file: 'x.bin',
    write: (file, seed) => writeFileSync(file, recordsOf(seed)),
    place(dir) {
      const folder = join(dir, name);
      mkdirSync(folder, { recursive: true });
      for (const file of files) writeFileSync(join(folder, file), recordsOf(1));
      for (const [file, count] of names) writeFileSync(join(folder, file), namesOf(count));
      return join(folder, own);
    },
    codec: records(labelBytes, PIXELS),
    outer: [/are not a whole image/, /is empty/],
    // If two files disagree, the error may name either of them.
    names: /cifar/,
    read: (file) => contentOf(readFolder(dirname(file), { subset: true })),
  };
}
const namesOf = (count) => Array.from({ length: count }, (_, i) => `class_${i}\n`).join('');
const contentOf = ({ classes, superclasses, superclassOf, train, test }) => [
  classes,
  superclasses,
  superclassOf,
  train,
  test,
];

const CIFAR_100 = {
  ...{ labelBytes: 2, own: 'train.bin', files: ['train.bin', 'test.bin'] },
  names: [
    ['fine_label_names.txt', 100],
    ['coarse_label_names.txt', 20],
  ],
};
const CIFAR_10 = {
  ...{ labelBytes: 1, own: 'data_batch_3.bin', names: [['batches.meta.txt', 10]] },
  files: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`).concat('test_batch.bin'),
};

const world = shapesWorld({ size: 8, classes: 3, perClass: 1, testPerClass: 1 });

const groups = (file, textOf, codec) => ({
  file,
  write: (path, seed) => writeFileSync(path, textOf(seed)),
  codec,
  outer: [/is not JSON/, /is not UTF-8/, /is empty/],
  read(path) {
    const { superclasses, superclassOf } = withSuperclasses(world, readSuperclasses(path));
    return [superclasses, superclassOf];
  },
});

const D = 3;
const NAMES = ['a.png', 'b/c.jpg', 'b/d\u00e9.webp'];
function index(file, seed) {
  const matrix = Float32Array.from({ length: NAMES.length * D }, (_, i) => Math.sin(i + seed));
  const header = {
    ...{ count: NAMES.length, dimension: D, dtype: seed === 2 ? 'float16' : 'float32', root: 'pictures' },
    model: { file: 'm.safetensors', sha256: '0'.repeat(64), network: 'tiny', recipe: 'poster' },
    ...{ labels: ['cat', 'dog'], mu: [0.1, 0.2, 0.3], reading: 'regression' },
  };
  const stats = Float64Array.from({ length: 2 * NAMES.length }, (_, i) => 1000 * i + 0.5);
  writeIndex(file, { header, names: NAMES, stats, matrix: seed === 2 ? toHalf(matrix) : matrix });
}

export const IMAGE_READERS = {
  png: encoded('png'),
  jpeg: encoded('jpeg'),
  webp: encoded('webp'),
  gif: encoded('gif'),
  tiff: encoded('tiff', { compression: 'deflate' }),
  'cifar-100': cifar('cifar-100', CIFAR_100, readCifar100),
  'cifar-100, names': {
    ...cifar('cifar-100-names', { ...CIFAR_100, own: 'fine_label_names.txt' }, readCifar100),
    write: (file, seed) =>
      writeFileSync(file, seed === 2 ? namesOf(100).replaceAll('\n', '\r\n') : namesOf(100)),
    codec: LINES,
    outer: [],
  },
  'cifar-10': cifar('cifar-10', CIFAR_10, readCifar10),
  'image index': {
    file: 'x.lex',
    write: index,
    codec: blocksCodec({ stats: 'bytes', matrix: 'floats' }),
    checked: () => true,
    outer: [/byte 0: not an index/, ...BLOCKS_OUTER],
    read: (file) => readIndex(file),
  },
  superclasses: groups(
    'groups.csv',
    (seed) =>
      `# groups\n${world.classes.map((label, i) => `"${label}"${seed === 2 ? '\t' : ','}group_${i % 2}`).join('\n')}\n`,
    LINES,
  ),
  'superclasses, JSON': groups(
    'groups.json',
    (seed) =>
      JSON.stringify(
        seed === 2
          ? { all: world.classes }
          : Object.fromEntries(world.classes.map((label) => [label, 'all'])),
      ),
    JSON_FILE,
  ),
  network: {
    file: 'network.json',
    write: (file, seed) => writeFileSync(file, JSON.stringify({ ...NETWORK, size: 8 * seed })),
    codec: JSON_FILE,
    outer: [/is not JSON/],
    read(file, { bytes }) {
      let json;
      try {
        json = JSON.parse(bytes);
      } catch {
        return null; // the reader of the enclosing file refuses invalid JSON
      }
      const network = parseNetwork(json, file);
      return [network, parameterSpecs(network), layerTable(network)];
    },
  },
};
