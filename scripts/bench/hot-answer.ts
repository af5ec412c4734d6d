/** The hot path of a service as a promise. */
import type { ReadAnswer } from '../../src/app/answer.js';
import type { Caller } from '../../src/app/caller.js';
import type { UseCases } from '../../src/app/use-cases.js';

/** Undefined: the slow path has to answer. */
export function hotAnswer(
  service: Pick<UseCases, 'peek'>,
  caller: Caller,
  id: string,
  what: 'detail' | 'plan',
): Promise<ReadAnswer | undefined> {
  return new Promise((resolve) => service.peek(caller, id, what, resolve));
}
