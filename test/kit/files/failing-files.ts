/**
 * A `Files` port on which chosen calls fail with an errno, once or for good, or write less than they were
 * given.
 */
import type { Files } from '../../../src/store/files/journal/files.js';
import { aroundFiles, type FileCall, type FileOp, isAsync } from './around-files.js';

export interface Failure {
  readonly op: FileOp;
  readonly errno: string;
  /** How many calls of this kind succeed first, counted from the moment of `arm`. */
  readonly after?: number;
  readonly times?: number;
  /** Carries the call out and fails nevertheless, as a write whose bytes arrived may. */
  readonly carriedOut?: boolean;
}

export interface FailingFiles extends Files {
  arm(failure: Failure): void;
  disarm(): void;
  /** How many calls have failed since `arm`. */
  readonly failed: number;
}

export function failingFiles(inner: Files): FailingFiles {
  let armed: Failure | null = null;
  let seen = 0;
  let failed = 0;
  const files = aroundFiles(inner, (call, run) => {
    if (armed === null || call.op !== armed.op) return run();
    seen++;
    const { after = 0, times = 1, errno, carriedOut = false } = armed;
    if (seen <= after || seen > after + times) return run();
    failed++;
    const error = systemError(errno, call);
    if (!isAsync(call.op)) {
      if (carriedOut) run();
      throw error;
    }
    return (carriedOut ? (run() as Promise<void>) : Promise.resolve()).then(() => Promise.reject(error));
  });
  return Object.defineProperty(
    Object.assign(files, {
      arm(failure: Failure) {
        armed = failure;
        seen = 0;
        failed = 0;
      },
      disarm() {
        armed = null;
      },
    }),
    'failed',
    { get: () => failed },
  ) as FailingFiles;
}

/** Cuts the next append to `bytes` bytes, as a full disk does. */
export function cuttingFiles(inner: Files): Files & { cut(bytes: number): void } {
  let length: number | null = null;
  const files = aroundFiles(inner, (call, run) => {
    if (call.op !== 'append' || length === null) return run();
    const [fd, bytes] = call.args as [number, Buffer];
    const kept = bytes.subarray(0, length);
    length = null;
    return kept.length === 0 ? 0 : inner.append(fd, kept);
  });
  return Object.assign(files, {
    cut(bytes: number) {
      length = bytes;
    },
  });
}

const SYSCALLS: Partial<Record<FileOp, string>> = {
  append: 'write',
  syncFolder: 'fsync',
  kind: 'lstat',
};

export function systemError(errno: string, { op }: Pick<FileCall, 'op'>): NodeJS.ErrnoException {
  const syscall = SYSCALLS[op] ?? op;
  return Object.assign(new Error(`${errno}: ${syscall}`), { code: errno, syscall });
}
