/**
 * The program of a catalog thread: answers calls one by one with the methods of its role, until told to end.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer, Request } from './calls.js';
import { CatalogReading } from './catalog-reading.js';
import { CatalogWriting } from './catalog-writing.js';
import { failureOf } from './failures.js';

const { role, dataDir } = workerData as { role: 'reader' | 'writer'; dataDir: string };
const handlers = role === 'writer' ? new CatalogWriting(dataDir) : new CatalogReading(dataDir);

parentPort?.on('message', (request: Request | null) => {
  if (request) void answer(request);
  else {
    handlers.close();
    parentPort?.close();
  }
});

async function answer({ id, name, argument }: Request): Promise<void> {
  try {
    const call = Reflect.get(handlers, name) as (argument: unknown) => unknown;
    tell({ id, value: await call.call(handlers, argument) });
  } catch (error) {
    tell({ id, failure: failureOf(error) });
  }
}

function tell(answer: Answer): void {
  parentPort?.postMessage(answer);
}
