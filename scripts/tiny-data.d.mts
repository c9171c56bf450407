export interface TinyData {
  /** Default 4. */
  readonly classes?: number;
  /** Training images of a class; default 8. */
  readonly train?: number;
  /** Test images of a class; default 2. */
  readonly test?: number;
  /** Default 8. */
  readonly batch?: number;
  /** Default 3. */
  readonly epochs?: number;
  /** Seed of the experiment, not of the images; default 0. */
  readonly seed?: number;
}

/** Writes images and words below `dir`. @returns the options of `lexel loo` for them */
export function writeTinyData(dir: string, data?: TinyData): Promise<string[]>;
