import { expect } from 'vitest';
import { StoreError } from '../../../src/queue/stores/store-error.js';

/** The StoreError with which a call rejects. */
export async function thrownBy(call: Promise<unknown>): Promise<StoreError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}
