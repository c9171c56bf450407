/** A held-out class in numbers. */

import type { RankMeasures, WithSeen } from './pair-table.js';

/** The three starts that a final loss can be compared with: untrained, after one epoch, answering zero. */
export interface ByStart<T> {
  readonly initial: T;
  readonly firstEpoch: T;
  readonly zero: T;
}

export interface ClassResult {
  readonly fold: string;
  readonly class: number;
  readonly label: string;
  readonly superclass: string | null;
  readonly images: number;
  /** MSE: L0, L1, LE, Lz, Lm. */
  readonly initialLoss: number;
  readonly firstEpochLoss: number;
  readonly finalLoss: number;
  readonly zeroLoss: number;
  readonly meanVectorLoss: number;
  readonly change: ByStart<number>;
  /** What always answering the mean vector would have scored. */
  readonly meanVectorChange: ByStart<number>;
  readonly skill: number;
  readonly calibratedSkill: number | null;
  readonly alpha: number | null;
  /** NaN (null in JSON), as the ranks and hits are, for a word without a direction. */
  readonly centredCosine: number;
  /** Among all labels. */
  readonly all: RankMeasures;
  /** Among the fold's held-out labels. */
  readonly heldOut: RankMeasures | null;
  /** null where the seen classes' test images were not kept. */
  readonly withSeen: WithSeen | null;
}
