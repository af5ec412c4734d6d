/**
 * Artifact paths in URLs (API.md section 1): decoded once, then split, then checked segment by segment. An
 * accepted path is relative and stays inside its folder on every file system that the store accepts.
 */
import { pathFault } from '../domain/artifact-path.js';
import { TaskspaceError } from '../domain/errors.js';
import { decodeOnce } from './target.js';

/** The path behind `/api/taskspaces/<id>/<word>/` in a raw request path. Throws `invalid_path`. */
export function artifactPathOf(rawPath: string): string {
  let start = 0;
  for (let slashes = 0; slashes < 5; slashes++) start = rawPath.indexOf('/', start) + 1;
  const path = decodeOnce(rawPath.slice(start));
  if (path === undefined) throw refused('it is not percent-encoded UTF-8');
  const reason = pathFault(path);
  if (reason !== undefined) throw refused(reason);
  return path;
}

function refused(reason: string): TaskspaceError {
  return new TaskspaceError(
    'invalid_path',
    `This artifact path is not allowed: ${reason}. Send a relative path such as src/main.ts, percent-encoded as UTF-8.`,
  );
}
