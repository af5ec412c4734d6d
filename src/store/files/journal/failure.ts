/**
 * Maps an errno of the system to an error code of the API, by an allowlist; any other error is rethrown
 * unchanged.
 */
import { TaskspaceError } from '../../../domain/errors.js';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** The call was not carried out for lack of a resource that comes back. */
const SCARCE = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY', 'EINTR']);
const REFUSED = new Set([
  'EIO',
  'EROFS',
  'EACCES',
  'EPERM',
  'EISDIR',
  'ELOOP',
  'ENOTDIR',
  'ENAMETOOLONG',
  'ESTALE',
  'ENXIO',
]);

/** What is in the path is not the server's, or may not be used: this lasts until it is moved away. */
const PLACED = new Set(['EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ENOTDIR', 'ENXIO']);

/** The error for a caller whose write did not reach the file: it has not happened. */
export function writeFailure(errno: string | undefined, cause?: unknown): TaskspaceError {
  if (errno !== undefined && FULL.has(errno)) {
    return new TaskspaceError(
      'insufficient_storage',
      'The disk is full. Nothing was written; free space and try again.',
      {},
      { cause },
    );
  }
  return storeFailure(errno, cause);
}

/** The error for a caller when the store could not be used. Unknown errors are defects and are rethrown. */
export function storeFailure(errno: string | undefined, cause: unknown): TaskspaceError {
  if (errno === undefined || !(SCARCE.has(errno) || REFUSED.has(errno) || FULL.has(errno))) throw cause;
  const why = FULL.has(errno)
    ? 'The disk is full, and what was committed last cannot be made known before it is shown'
    : SCARCE.has(errno)
      ? 'The server is short of a resource'
      : 'The file system refuses';
  return new TaskspaceError(
    'store_unavailable',
    `${why} (${errno}). Try again; the server's log names the file.`,
    PLACED.has(errno) ? { own: true } : {},
    { cause },
  );
}

/** An append would change what the other name stands for: another taskspace, or a backup. */
export function linked(id: string): TaskspaceError {
  return new TaskspaceError(
    'read_only',
    `journal.jsonl of "${id}" has a second name elsewhere (a hard link, as "cp -al" makes), and what is written would change both. Reads go on. In its folder: "cp -p journal.jsonl new && mv new journal.jsonl".`,
  );
}

/** Whether something is short that all taskspaces need: the call says nothing of the one it was made for. */
export function isShortage(error: TaskspaceError): boolean {
  const { code = '' } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return SCARCE.has(code) || FULL.has(code);
}

/** What kept an appended commit from being confirmed: a full disk keeps it from being published. */
export function whyUnconfirmed(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && FULL.has(code) ? 'the disk is full' : 'the journal cannot be read';
}

/** Whether a sync was refused before it began: nothing is known of the disk, and it may be tried again. */
export function isAttemptable(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall === 'open' && code !== undefined && (SCARCE.has(code) || code === 'ENOENT');
}
