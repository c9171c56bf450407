/**
 * Words beyond the labels: what the vocabulary of a run has (api/runs/ID/vocabulary.json), and where some of its words lie
 * on a map (POST api/runs/ID/maps/FOLD/words). Both are of a server only, for an export has no vocabulary.
 */

import * as z from '../../util/zod.js';
import { MAP_METHODS } from './map.js';

/** Words that can be on a map at once beside the labels. */
export const MOST_ADDED = 30;
/** Characters of a word. */
export const LONGEST_WORD = 100;
/** Words that are suggested for a beginning. */
export const MOST_SUGGESTED = 12;

/** The words that begin with a text (`?begins=`), in the order of their file: usually the most frequent first. */
export const vocabularySchema = z.object({
  /** Null if no words can be added. */
  words: z
    .object({
      /** File name without folder. */
      source: z.string(),
      count: z.int(),
      /** Whether the run was begun with this file; otherwise it ships with Lexel and has the same vectors. */
      own: z.boolean(),
      /** At most {@link MOST_SUGGESTED}; none for an empty beginning. */
      suggested: z.array(z.string()),
    })
    .nullable(),
  /** Why no words can be added. */
  missing: z.object({ reason: z.string(), hint: z.string().optional() }).nullable(),
});
export type Vocabulary = z.infer<typeof vocabularySchema>;

export const mapWordsRequestSchema = z.object({
  /** A word is found as a label is: in lower case too, with `_` or `-` between its parts, or as the mean of its parts. */
  words: z.array(z.string().min(1).max(LONGEST_WORD)).min(1).max(MOST_ADDED),
  by: z.enum(MAP_METHODS),
});
export type MapWordsRequest = z.infer<typeof mapWordsRequestSchema>;

export const mapWordSchema = z.object({
  /** As it was asked for. */
  word: z.string(),
  /** The words of the vocabulary; the vector is their mean. */
  keys: z.array(z.string()),
  /** In the units of pca.bin or umap.bin; the same at every epoch. */
  place: z.tuple([z.number(), z.number()]),
  /** The labels whose words are nearest, nearest first, with centred cosines. */
  nearest: z.array(z.object({ class: z.int(), cosine: z.number() })),
  /** The nearest points of the map in all dimensions, last epoch. */
  neighbours: z.array(z.object({ point: z.int(), cosine: z.number() })),
});
export type MapWord = z.infer<typeof mapWordSchema>;

export const mapWordsSchema = z.object({
  words: z.array(mapWordSchema),
  /** Those that have no place, with the reason. */
  unknown: z.array(z.object({ word: z.string(), reason: z.string(), hint: z.string().optional() })),
});
export type MapWords = z.infer<typeof mapWordsSchema>;
