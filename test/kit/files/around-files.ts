/**
 * The `Files` port with something around every call: the one decorator from which the others are made.
 *
 * `around` sees the call's name, its arguments and its number, and runs the real call once, never, or after
 * something.
 */
import type { Files } from '../../../src/store/files/journal/files.js';

export type FileOp = keyof Files;

export const FILE_OPS = [
  'stat',
  'kind',
  'fstat',
  'open',
  'close',
  'read',
  'append',
  'fdatasync',
  'syncFolder',
  'makeFolder',
  'replace',
] as const satisfies readonly FileOp[];

export interface FileCall {
  readonly op: FileOp;
  readonly args: readonly unknown[];
  /** From 1, over all calls of this port. */
  readonly number: number;
}

export type Around = (call: FileCall, run: () => unknown) => unknown;

const ASYNC: ReadonlySet<FileOp> = new Set(['fdatasync', 'syncFolder', 'readAll', 'replace']);

export function isAsync(op: FileOp): boolean {
  return ASYNC.has(op);
}

export function aroundFiles(inner: Files, around: Around): Files {
  let number = 0;
  const wrapped = FILE_OPS.map((op) => {
    const run = inner[op] as (...args: unknown[]) => unknown;
    return [op, (...args: unknown[]) => around({ op, args, number: ++number }, () => run(...args))] as const;
  });
  return Object.fromEntries(wrapped) as unknown as Files;
}
