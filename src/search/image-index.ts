/** An index of images, opened for search. */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { contentChecksum } from '../formats/index.js';
import { OWN } from '../readings/index.js';
import { LexelError } from '../util/errors.js';
import { shellWord } from '../util/shell.js';
import type { ImageModel, ImageModelOptions } from './image-model.js';
import { type IndexHeader, type IndexTable, readIndex } from './index-file.js';
import { BUNDLED_MODEL, findModel, openModel } from './open-model.js';
import { Scanner } from './scanner.js';

/** A search result. */
export interface ImageMatch {
  /** The image's path: the index's root joined with the name. */
  readonly image: string;
  /** Cosine in the model's centred space. */
  readonly score: number;
  /** Row in the index. */
  readonly index: number;
}

export class ImageIndex {
  private readonly scanner: Scanner;

  /** @param threads number of threads for large indexes. Default: one per core, at most 8. */
  constructor(
    /** The path of the index file. */
    readonly file: string,
    private readonly table: IndexTable,
    threads?: number,
  ) {
    this.scanner = new Scanner(table.matrix, table.header.dimension, threads);
  }

  /** Opens an index; throws like {@link readIndex}. */
  static open(file: string, options: { threads?: number } = {}): ImageIndex {
    return new ImageIndex(file, readIndex(file), options.threads);
  }

  get header(): IndexHeader {
    return this.table.header;
  }

  /** The paths of the images relative to {@link root}. */
  get names(): readonly string[] {
    return this.table.names;
  }

  /** The folder that the names are relative to. */
  get root(): string {
    const { root } = this.header;
    return isAbsolute(root) ? root : join(dirname(this.file), root);
  }

  /** Unit vectors of the centred space, [count, dimension]; float16 as bit patterns. */
  get matrix(): Float32Array | Uint16Array {
    return this.table.matrix;
  }

  /**
   * Opens the model that the index was made with, with the same reading: from `path`, or from the recorded
   * path.
   * @throws LexelError if the model's checksum differs
   */
  async openModel(path?: string, options: Omit<ImageModelOptions, 'reading'> = {}): Promise<ImageModel> {
    const { file, sha256, network } = this.header.model;
    const bundled = path === undefined && file === '';
    const found = path ?? (bundled ? BUNDLED_MODEL : resolve(dirname(this.file), file));
    try {
      const there = findModel(found);
      if (contentChecksum(there) === sha256)
        return openModel(there, { ...options, reading: this.header.reading ?? OWN });
    } catch (error) {
      if (path !== undefined || !(error instanceof LexelError)) throw error;
      throw new LexelError(`${this.file}: its model no longer exists: ${error.message}`, MADE_WITH, {
        code: 'LEXEL_NOT_FOUND',
      });
    }
    const made = `${network}, sha256 ${sha256.slice(0, 12)}…`;
    if (bundled) {
      throw new LexelError(
        `${this.file} was made with the model that came with another version of Lexel (${made}): its points cannot be compared with those of the present one`,
        `Index the folder again: lexel index ${shellWord(this.root)} --out ${shellWord(this.file)}`,
      );
    }
    throw new LexelError(
      `--model ${found} is not the model that ${this.file} was made with (${made})`,
      MADE_WITH,
    );
  }

  /**
   * The images nearest to a point of the centred space, nearest first.
   *
   * @param query float32 [dimension], unit length
   * @param top number of results. Default 10.
   * @param skip paths to leave out
   * @throws LexelError for a query of another dimension, that is not finite, or zero; the reason of `signal` if it is
   * aborted
   */
  async search(
    query: Float32Array,
    top = 10,
    skip: Iterable<string> = [],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<ImageMatch[]> {
    const { dimension } = this.header;
    if (query.length !== dimension) {
      throw new LexelError(
        `the query has ${query.length} numbers, but ${this.file} has ${dimension} dimensions`,
      );
    }
    if (!query.every(Number.isFinite)) throw new LexelError('the query contains NaN or infinity');
    if (query.every((x) => x === 0)) throw new LexelError('the query is zero and has no direction');
    const left = new Set(Array.from(skip, (path) => resolve(path)));
    const { rows, scores } = await this.scanner.search(query, top + left.size, signal);
    const root = this.root;
    const found = Array.from(rows, (index, i) => ({
      image: join(root, this.names[index]),
      score: scores[i],
      index,
    }));
    return found.filter(({ image }) => !left.has(resolve(image))).slice(0, top);
  }

  /** Ends the search threads. */
  close(): Promise<void> {
    return this.scanner.close();
  }
}

const MADE_WITH = 'Give the right model with --model, or index the folder again.';
