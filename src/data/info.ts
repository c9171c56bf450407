/** Facts about a data set, for `lexel data info`. */
import { findDuplicates } from './duplicates.js';
import type { Dataset, FolderReading } from './types.js';

export interface DatasetInfo extends Partial<FolderReading> {
  readonly name: string;
  /** Height and width, in pixels. */
  readonly size: number;
  readonly train: number;
  readonly test: number;
  readonly classes: readonly { label: string; superclass: string | null; train: number; test: number }[];
  readonly superclasses: readonly string[];
  /** Per channel, in units of pixel/255. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly hash: string;
  /** Depends on the order of the images too. */
  readonly orderedHash: string;
  readonly duplicates: DuplicateCounts;
}

/** Groups of images with equal pixels, counted. */
export interface DuplicateCounts {
  readonly groups: number;
  /** Groups whose members do not all have the same label. */
  readonly acrossLabels: number;
  /** Test images that are also in train. */
  readonly testInTrain: number;
  /** Test images that are also in train, but with another label. */
  readonly testInTrainAcrossLabels: number;
  /** Labels that share an image, such as "oak_tree/willow_tree", most frequent first. */
  readonly labels: readonly { labels: string; groups: number }[];
}

/** Computes counts, statistics, hashes and duplicates of a data set (half a second for CIFAR-100). */
export function datasetInfo(dataset: Dataset): DatasetInfo {
  const count = (labels: Uint16Array) => {
    const counts = new Array<number>(dataset.classes.length).fill(0);
    for (const label of labels) counts[label]++;
    return counts;
  };
  const train = count(dataset.train.labels);
  const test = count(dataset.test.labels);
  return {
    name: dataset.name,
    size: dataset.train.size,
    train: dataset.train.count,
    test: dataset.test.count,
    classes: dataset.classes.map((label, c) => ({
      label,
      superclass: dataset.superclasses[dataset.superclassOf[c]] ?? null,
      train: train[c],
      test: test[c],
    })),
    superclasses: dataset.superclasses,
    mean: dataset.mean,
    std: dataset.std,
    hash: dataset.hash,
    orderedHash: dataset.orderedHash,
    duplicates: countDuplicates(dataset),
    ...dataset.reading,
  };
}

function countDuplicates(dataset: Dataset): DuplicateCounts {
  const groups = findDuplicates(dataset);
  const mixed = new Map<string, number>();
  let [acrossLabels, testInTrain, testInTrainAcrossLabels] = [0, 0, 0];
  for (const group of groups) {
    const names = [...new Set(group.map((ref) => dataset.classes[ref.label]))].sort();
    if (names.length > 1) {
      acrossLabels++;
      mixed.set(names.join('/'), (mixed.get(names.join('/')) ?? 0) + 1);
    }
    const inTrain = group.filter((ref) => ref.split === 'train');
    for (const ref of group) {
      if (ref.split === 'train' || inTrain.length === 0) continue;
      testInTrain++;
      if (inTrain.some((other) => other.label !== ref.label)) testInTrainAcrossLabels++;
    }
  }
  const labels = [...mixed]
    .map(([pair, n]) => ({ labels: pair, groups: n }))
    .sort((a, b) => b.groups - a.groups);
  return { groups: groups.length, acrossLabels, testInTrain, testInTrainAcrossLabels, labels };
}
