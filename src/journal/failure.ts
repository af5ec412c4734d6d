/** Where an errno of the system becomes a code of ours, by an allowlist; anything else is passed on as it is. */
import { TaskspaceError } from '../domain/errors.js';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** The call was not carried out for want of something that comes back. */
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

/** What stands in a path is none of ours, or may not be used: it stays so until somebody moves it away. */
const PLACED = new Set(['EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ENOTDIR', 'ENXIO']);

/** What to tell a caller whose write did not reach the file: it has not happened. */
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

/** What to tell a caller when the store could not be used at all. Unknown errors are thrown as they are: defects. */
export function storeFailure(errno: string | undefined, cause: unknown): TaskspaceError {
  if (errno === undefined || !(SCARCE.has(errno) || REFUSED.has(errno) || FULL.has(errno))) throw cause;
  const why = SCARCE.has(errno) ? 'The server is short of a resource' : 'The file system refuses';
  return new TaskspaceError(
    'store_unavailable',
    `${why} (${errno}). Try again; the server's log names the file.`,
    PLACED.has(errno) ? { own: true } : {},
    { cause },
  );
}

/** Whether a sync was refused before it began, so that nothing about the disk is known and it may be asked for again. */
export function isAttemptable(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall === 'open' && code !== undefined && (SCARCE.has(code) || code === 'ENOENT');
}
