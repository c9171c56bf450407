/**
 * The evidence of a run: api/runs/ID/results.json by the network's own reading, api/runs/ID/readings/NAME/results.json by
 * another. Tables and figures are HTML from the report's code, for they are the same; what a page sorts, filters or
 * highlights is data.
 */

import * as z from '../../util/zod.js';
import { headlineNumberSchema } from './runs.js';

export const resultSectionSchema = z.object({
  /** Names the section in addresses. */
  id: z.string(),
  title: z.string(),
  /** What the section says, in one plain sentence. */
  plain: z.string(),
  /**
   * Trusted HTML from src/report. Rows and marks of a class have the attribute `data-class`
   * with its percent-encoded label (of several classes: separated by blanks).
   */
  html: z.string(),
});

/** A held-out class with its numbers, in the order of `columns`. */
export const resultClassSchema = z.object({
  /** Class index, which addresses its images. */
  class: z.int(),
  label: z.string(),
  superclass: z.string().nullable(),
  fold: z.string(),
  /** One for each column; null if not defined. */
  values: z.array(z.number().nullable()),
  /** The seen labels whose words are nearest, nearest first, with the cosine of the word vectors. */
  nearest: z.array(z.object({ class: z.int(), label: z.string(), cosine: z.number() })),
});
export type ResultClass = z.infer<typeof resultClassSchema>;

export const resultColumnSchema = z.object({
  /** Column of classes.csv. */
  name: z.string(),
  label: z.string(),
  unit: z.enum(['rank', 'share', 'change', 'count', 'area', 'number']),
  /** Which direction is better; null if neither is. */
  better: z.enum(['lower', 'higher']).nullable(),
});
export type ResultColumn = z.infer<typeof resultColumnSchema>;

export const resultsSchema = z.object({
  title: z.string(),
  /** Folds, classes, epochs, words, recipe, seed in one line. */
  lead: z.string(),
  /** The result in one plain sentence. */
  plain: z.string(),
  /** Cautions. */
  notes: z.array(z.string()),
  headline: z.array(headlineNumberSchema),
  /** HTML: the figure of the ranks, and held-out images with the words nearest to the answers, or why there are none. */
  ranks: z.string(),
  images: z.string(),
  /** The reading of this file, and all that the run has. */
  reading: z.string(),
  readings: z.array(z.object({ name: z.string(), own: z.boolean() })),
  /** Readings that an export lacks; only in an export. */
  notExported: z.array(z.string()).optional(),
  chapters: z.array(z.object({ id: z.string(), title: z.string(), sections: z.array(resultSectionSchema) })),
  /** Files below `figures/`, without ending: SVG. */
  figures: z.array(z.string()),
  columns: z.array(resultColumnSchema),
  classes: z.array(resultClassSchema),
});
export type Results = z.infer<typeof resultsSchema>;

/** Images of one held-out class with the nearest words: api/runs/ID/classes/CLASS.json. */
export const classImagesSchema = z.object({
  images: z.array(
    z.object({
      /** Index in the test split. */
      id: z.int(),
      /** A PNG file as base64. */
      png: z.string(),
      size: z.int(),
      /** Rank of the true word among `candidates` words. */
      rank: z.number(),
      candidates: z.int(),
      words: z.array(
        z.object({
          class: z.int(),
          label: z.string(),
          score: z.number(),
          heldOut: z.boolean(),
          mark: z.enum(['right', 'near', 'wrong']),
        }),
      ),
    }),
  ),
  /** Why there are none, and how to get them. */
  missing: z.object({ reason: z.string(), hint: z.string().optional() }).nullable(),
});
export type ClassImages = z.infer<typeof classImagesSchema>;
