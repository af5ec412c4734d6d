/**
 * Large bodies are parsed and checked on a separate thread, so that no request waits for another's
 * body. It is started with the first of them, and again after it has died; its unfinished work is
 * refused, never repeated.
 */
import { Worker } from 'node:worker_threads';
import { type Code, type ErrorExtras, TaskspaceError } from '../domain/errors.js';
import { assembled, type BodyPieces } from './body-pieces.js';

/**
 * Bodies that are queued or being checked, and their bytes; beyond that bodies are refused
 * with 503 `overloaded`.
 */
const BODIES_MAX = 64;
const BYTES_MAX = 256 * 1024 * 1024;
/** The largest allowed body takes seconds on a busy machine. */
const HANG_MS = 30_000;
const HEAP_MB = 1024;

export interface BodyQuestion {
  readonly id: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The row whose body it is. */
  readonly operation: string;
}

export type BodyAnswer =
  | { readonly id: number; readonly pieces: BodyPieces }
  | { readonly id: number; readonly refusal: { code: Code; message: string; extras: ErrorExtras } }
  | { readonly id: number; readonly defect: string };

interface Waiting {
  readonly size: number;
  readonly timer: NodeJS.Timeout;
  resolve(pieces: BodyPieces): void;
  reject(error: Error): void;
}

/**
 * Under `npm run dev` sources run without a build; the loader for them must be registered in every thread.
 */
const FROM_SOURCES = `
  const { workerData } = require('node:worker_threads');
  import('tsx/esm/api').then(({ register }) => {
    register();
    return import(workerData.file);
  });
`;

export class BodyThreads {
  private thread: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private bytes = 0;
  private count = 0;

  /**
   * The body in its schema's output form. The bytes are transferred to the thread and unusable here. Errors:
   * as of `checkJson`; 503 `overloaded`.
   */
  async check(bytes: Uint8Array<ArrayBuffer>, operation: string): Promise<unknown> {
    const size = bytes.length;
    if (this.waiting.size >= BODIES_MAX || this.bytes + size > BYTES_MAX) throw overloaded();
    this.thread ??= this.start();
    const { thread } = this;
    const id = ++this.count;
    const pieces = await new Promise<BodyPieces>((resolve, reject) => {
      const timer = setTimeout(() => this.lose(thread, 'it hangs'), HANG_MS);
      this.waiting.set(id, { size, timer, resolve, reject });
      this.bytes += size;
      thread.postMessage({ id, bytes, operation } satisfies BodyQuestion, [bytes.buffer]);
    });
    return assembled(pieces);
  }

  close(): void {
    if (this.thread) this.lose(this.thread, 'the server ends');
  }

  private start(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB };
    const fromSources = import.meta.url.endsWith('.ts');
    const file = new URL(fromSources ? './body-thread.ts' : './body-thread.js', import.meta.url);
    const thread = fromSources
      ? new Worker(FROM_SOURCES, { eval: true, workerData: { file: file.href }, resourceLimits })
      : new Worker(file, { resourceLimits });
    thread.on('message', (answer: BodyAnswer) => this.take(answer));
    thread.on('error', (error) => this.lose(thread, error.message));
    thread.on('exit', () => this.lose(thread, 'it has ended'));
    // It keeps no process alive: every pending answer has a timer.
    thread.unref();
    return thread;
  }

  private take(answer: BodyAnswer): void {
    const waiting = this.waiting.get(answer.id);
    if (waiting === undefined) return;
    this.release(answer.id, waiting);
    if ('pieces' in answer) waiting.resolve(answer.pieces);
    else if ('defect' in answer) waiting.reject(new Error(`a body could not be checked: ${answer.defect}`));
    else {
      const { code, message, extras } = answer.refusal;
      waiting.reject(new TaskspaceError(code, message, extras));
    }
  }

  /** Its unfinished and queued work was not done. */
  private lose(thread: Worker, why: string): void {
    if (this.thread !== thread) return;
    this.thread = null;
    void thread.terminate();
    for (const [id, waiting] of this.waiting) {
      this.release(id, waiting);
      waiting.reject(lost(why));
    }
  }

  private release(id: number, { size, timer }: Waiting): void {
    clearTimeout(timer);
    this.waiting.delete(id);
    this.bytes -= size;
  }
}

function overloaded(): TaskspaceError {
  return new TaskspaceError(
    'overloaded',
    'Too many large bodies wait to be read. Nothing was changed; send it again in a moment.',
  );
}

function lost(why: string): TaskspaceError {
  return new TaskspaceError(
    'overloaded',
    `The body could not be read (${why}). Nothing was changed; send it again in a moment, or in smaller parts.`,
  );
}
