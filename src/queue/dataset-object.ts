/**
 * A data set in a store, for workers that do not have it: `data/<hash>/index.json` and the pixels and labels in parts.
 * The hash is the one that depends on the order of the images, and it is checked after the download.
 */
import type { RunFile } from '../crossval/run-file.js';
import { allocateSet, makeDataset } from '../data/dataset.js';
import type { Dataset, ImageSet } from '../data/index.js';
import { bytesOf } from '../formats/bytes.js';
import { FormatError } from '../util/errors.js';
import * as z from '../util/zod.js';
import { readRecord, recordBytes } from './records.js';
import type { ObjectStore } from './stores/object-store.js';

/** Bytes of a part. */
const PART = 64 << 20;

const index = z.int().nonnegative();

/** `index.json`; it is written last. */
export const datasetIndexSchema = z.object({
  name: z.string(),
  classes: z
    .array(z.string())
    .min(2)
    .refine((all) => new Set(all).size === all.length, 'two classes have the same name'),
  superclasses: z.array(z.string()),
  superclassOf: z.array(index),
  size: z.int().positive().max(4096),
  train: z.int().positive().max(1e8),
  test: z.int().nonnegative().max(1e8),
});

const prefixOf = ({ orderedHash }: { readonly orderedHash?: string }) => `data/${orderedHash}`;

/** Puts a data set into the store, unless it is there. */
export async function datasetToStore(store: ObjectStore, dataset: Dataset): Promise<void> {
  const prefix = prefixOf(dataset);
  if (await store.get(`${prefix}/index.json`)) return;
  for (const split of ['train', 'test'] as const) {
    for (const what of ['pixels', 'labels'] as const) {
      const bytes = bytesOf(dataset[split][what]);
      for (let part = 0; part * PART < bytes.length; part++) {
        const content = bytes.subarray(part * PART, (part + 1) * PART);
        // Copied, because not every writer takes memory that threads share.
        await store.put(`${prefix}/${split}-${what}-${part}`, Uint8Array.from(content));
      }
    }
  }
  const { name, classes, superclasses, superclassOf, train, test } = dataset;
  const record = {
    name,
    classes,
    superclasses,
    superclassOf,
    size: train.size,
    train: train.count,
    test: test.count,
  };
  await store.create(`${prefix}/index.json`, recordBytes(record));
}

/**
 * The images of a run from the store; null if the store does not have them.
 * @throws FormatError if they are damaged
 */
export async function datasetFromStore(
  store: ObjectStore,
  { dataset: wanted }: RunFile,
): Promise<Dataset | null> {
  const prefix = prefixOf(wanted);
  const about = wanted.orderedHash && (await readRecord(store, `${prefix}/index.json`, datasetIndexSchema));
  if (!about) return null;
  const damaged = (problem: string) =>
    new FormatError(
      `${store.name}/${prefix}`,
      problem,
      `delete ${prefix}/index.json there, and begin the experiment again with --store-data`,
    );
  const fill = async (set: ImageSet, split: 'train' | 'test') => {
    for (const what of ['pixels', 'labels'] as const) {
      const into = bytesOf(set[what]);
      for (let part = 0; part * PART < into.length; part++) {
        const bytes = await store.get(`${prefix}/${split}-${what}-${part}`);
        const room = into.subarray(part * PART, (part + 1) * PART);
        if (bytes?.length !== room.length)
          throw damaged(`${split}-${what}-${part} is missing or has another length`);
        room.set(bytes);
      }
    }
    return set;
  };
  const { name, classes, superclasses, superclassOf, size } = about;
  // Before so much memory is taken.
  if (size !== wanted.size || about.train !== wanted.trainCount || about.test !== wanted.testCount)
    throw damaged('index.json has other numbers of images than the run');
  const train = await fill(allocateSet(about.train, size), 'train');
  const test = await fill(allocateSet(about.test, size), 'test');
  if ([...train.labels, ...test.labels].some((label) => label >= classes.length))
    throw damaged('it has a label without a class');
  const dataset = makeDataset({ name, classes, superclasses, superclassOf, train, test });
  if (dataset.orderedHash !== wanted.orderedHash)
    throw damaged('its images are not those that its name promises');
  return dataset;
}
