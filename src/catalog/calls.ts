/**
 * Calls to what runs SQLite: on this thread, or on a dedicated one, so that no request ever waits for a
 * query.
 *
 * The thread is started with the first call, and again with the first call after it has died. Calls under way
 * at its death are refused, never repeated. Deliberately absent: order between calls, cancelling.
 */
import { Worker } from 'node:worker_threads';
import { TaskspaceError } from '../domain/errors.js';
import { type Failure, failureOf, rebuilt } from './failures.js';

/** The methods of `H` can be called: each takes one plain value and returns one. */
export interface Calls<H> {
  call<K extends keyof H & string>(name: K, argument: Argument<H, K>): Promise<Result<H, K>>;
  close(): Promise<void>;
}

export type Argument<H, K extends keyof H> = H[K] extends (argument: infer A) => unknown ? A : never;
export type Result<H, K extends keyof H> = H[K] extends (argument: never) => infer R ? Awaited<R> : never;

export interface Request {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure };

/** The same calls without a thread: for tests, and where sources run without being built. */
export class OwnCalls<H extends object> implements Calls<H> {
  constructor(private readonly handlers: H & { close(): void }) {}

  async call<K extends keyof H & string>(name: K, argument: Argument<H, K>): Promise<Result<H, K>> {
    try {
      const call = this.handlers[name] as (argument: unknown) => unknown;
      return (await call.call(this.handlers, argument)) as Result<H, K>;
    } catch (error) {
      throw rebuilt(failureOf(error));
    }
  }

  async close(): Promise<void> {
    this.handlers.close();
  }
}

export interface ThreadOptions {
  readonly role: 'reader' | 'writer';
  readonly dataDir: string;
  /** Calls under way at once; any more are refused with 503 `overloaded`. */
  readonly callsMax: number;
  /** Milliseconds without an answer to a call, after which the thread is taken to hang and is replaced. */
  readonly hangMs: number;
  /** Bound of the thread's heap, in MB. */
  readonly heapMb: number;
}

/** Under `npm run dev` sources run as they are; each thread has to register the loader anew. */
const FROM_SOURCES = `
  const { workerData } = require('node:worker_threads');
  import('tsx/esm/api').then(({ register }) => {
    register();
    return import(workerData.file);
  });
`;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

export class ThreadCalls<H extends object> implements Calls<H> {
  private thread: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private count = 0;
  private closed = false;

  constructor(private readonly options: ThreadOptions) {}

  call<K extends keyof H & string>(name: K, argument: Argument<H, K>): Promise<Result<H, K>> {
    const { callsMax, hangMs, role } = this.options;
    if (this.waiting.size >= callsMax || this.closed) return Promise.reject(overloaded());
    this.thread ??= this.start();
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.drop(`the ${role} thread hangs in ${name}`), hangMs);
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      this.thread?.postMessage({ id, name, argument } satisfies Request);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    const { thread } = this;
    if (!thread) return;
    const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.postMessage(null);
    await exited;
  }

  private start(): Worker {
    const { role, dataDir, heapMb } = this.options;
    const resourceLimits = { maxOldGenerationSizeMb: heapMb };
    const file = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url);
    const thread = file.pathname.endsWith('.ts')
      ? new Worker(FROM_SOURCES, {
          eval: true,
          workerData: { role, dataDir, file: file.href },
          resourceLimits,
        })
      : new Worker(file, { workerData: { role, dataDir }, resourceLimits });
    thread.on('message', (answer: Answer) => this.take(answer));
    thread.on('error', (error) => this.lose(thread, error.message));
    thread.on('exit', () => this.lose(thread, 'it has ended'));
    // The thread keeps no process alive: a caller that waits for an answer has a timer.
    thread.unref();
    return thread;
  }

  private take(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    if (!waiting) return;
    this.waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ('failure' in answer) waiting.reject(rebuilt(answer.failure));
    else waiting.resolve(answer.value);
  }

  private drop(why: string): void {
    const { thread } = this;
    if (!thread) return;
    this.lose(thread, why);
    void thread.terminate();
  }

  private lose(thread: Worker, why: string): void {
    if (this.thread !== thread) return;
    this.thread = null;
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(
        new TaskspaceError('catalog_unavailable', `The catalog was interrupted (${why}). Try again.`, {
          headers: { 'Retry-After': '1' },
        }),
      );
    }
    this.waiting.clear();
  }
}

function overloaded(): TaskspaceError {
  return new TaskspaceError('overloaded', 'Too many queries wait for the catalog. Try again in a moment.', {
    headers: { 'Retry-After': '1' },
  });
}
