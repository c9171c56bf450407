/** The tensors of a file, taken by name with a check of type and shape. */
import { FormatError } from '../util/errors.js';
import type { Tensor } from './safetensors.js';

type DataOf<T extends Tensor['dtype']> = Extract<Tensor, { dtype: T }>['data'];

export class TensorSet {
  private readonly taken = new Set<string>();

  /**
   * @param file name of the file, for messages
   * @param hint hint of the error for a missing or wrong tensor
   */
  constructor(
    private readonly file: string,
    private readonly tensors: ReadonlyMap<string, Tensor>,
    private readonly hint?: string,
  ) {}

  get(name: string): Tensor | undefined {
    return this.tensors.get(name);
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** @throws FormatError if it is missing, or has another type or shape */
  take<T extends Tensor['dtype']>(name: string, dtype: T, shape: readonly number[]): DataOf<T> {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new FormatError(this.file, `lacks tensor "${name}"`, this.hint);
    const found = `${tensor.dtype} [${tensor.shape.join(', ')}]`;
    const wanted = `${dtype} [${shape.join(', ')}]`;
    if (found !== wanted)
      throw new FormatError(this.file, `tensor "${name}" is ${found}, should be ${wanted}`, this.hint);
    this.taken.add(name);
    return tensor.data as DataOf<T>;
  }

  /** The first tensor that was not taken. */
  untaken(): string | undefined {
    return [...this.tensors.keys()].find((name) => !this.taken.has(name));
  }
}
