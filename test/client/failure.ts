/**
 * The error that a call of the client is refused with. Anything else that happens is a failure of the test.
 */
import { ApiError } from '../../src/client/index.js';

export async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ApiError) return error;
  throw new Error(`It did not fail with an ApiError but with ${String(error)}`);
}
