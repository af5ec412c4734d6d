/**
 * What a test file opens is closed when the file has ended: the last first, each also when another one fails.
 *
 * Vitest never calls an `afterAll` that is registered while a test or a hook runs. Hence one that is
 * registered while the file is read; it runs after those that the file registers itself.
 */
import { afterAll } from 'vitest';

type Close = () => unknown;

const open: Close[] = [];

afterAll(async () => {
  const errors: unknown[] = [];
  for (let close = open.pop(); close; close = open.pop()) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'What the tests have opened cannot be closed');
});

/** May be called at any time. */
export function atEnd(close: Close): void {
  open.push(close);
}
