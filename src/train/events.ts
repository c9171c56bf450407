/** What a running fold tells: the lines of its JSONL file, in the order in which they happen. */

import type { Normalisation } from '../data/index.js';
import type { ClassMetrics, HeldOutMetrics } from './evaluate.js';
import type { EngineId } from './schema.js';

export interface StartEvent {
  readonly type: 'start';
  readonly fold: string;
  /** Class indices. */
  readonly heldOut: readonly number[];
  readonly trainImages: number;
  /** Training images left out because their pixels equal a held-out image's. */
  readonly droppedTwins: number;
  /** Steps of the whole run. */
  readonly steps: number;
  readonly parameters: number;
  /** Of the images that the fold trains on, in units of pixel/255. */
  readonly normalisation: Normalisation;
  readonly engine: EngineId;
  readonly time: string;
}

export interface EpochEvent {
  readonly type: 'epoch';
  readonly fold: string;
  /** 0 = untrained. */
  readonly epoch: number;
  /** Mean over the epoch's steps, each before its update; null at epoch 0. */
  readonly trainLoss: number | null;
  /** Rate of the epoch's last step; 0 at epoch 0. */
  readonly learningRate: number;
  /** Seconds of training in this epoch, evaluation excluded. */
  readonly seconds: number;
  /** Images trained on in this epoch. */
  readonly images: number;
  /** Average over the held-out classes; null when nothing is held out. */
  readonly heldOut: HeldOutMetrics | null;
  readonly classes: readonly ClassMetrics[];
}

export interface ResumeEvent {
  readonly type: 'resume';
  readonly fold: string;
  /** Last finished epoch; training goes on with the next. */
  readonly epoch: number;
  readonly engine: EngineId;
  readonly time: string;
}

/** The fold cannot go on: its training diverged, or its preparation, its files or its worker failed. */
export interface FailedEvent {
  readonly type: 'failed';
  readonly fold: string;
  readonly message: string;
  /** The way out, where it is known. */
  readonly hint?: string;
  readonly time: string;
}

export interface EndEvent {
  readonly type: 'end';
  readonly fold: string;
  readonly epochs: number;
  /** Seconds of training, over all resumes, evaluation excluded. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly time: string;
}

export type FoldEvent = StartEvent | EpochEvent | ResumeEvent | EndEvent | FailedEvent;
