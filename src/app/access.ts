/** What a caller may do and see. A taskspace outside its globs does not exist for it. */

import { TaskspaceError, taskspaceNotFound } from '../domain/errors.js';
import { seesTaskspace } from '../domain/glob.js';
import type { Caller, Scope } from './caller.js';

export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.includes(scope) || caller.scopes.includes('admin')) return;
  throw new TaskspaceError('forbidden', `This needs a token with the scope "${scope}".`);
}

/** Throws 403 without `scope`, 404 when the taskspace lies outside the caller's globs. */
export function requireAccess(caller: Caller, scope: Scope, id: string): void {
  requireScope(caller, scope);
  if (!maySee(caller, id)) throw taskspaceNotFound(id);
}

/** Throws 403 when the caller may not create a taskspace of this name. */
export function requireCreation(caller: Caller, id: string): void {
  requireScope(caller, 'write');
  if (!maySee(caller, id))
    throw new TaskspaceError('forbidden', `This token does not reach a taskspace "${id}".`);
}

export function maySee(caller: Caller, id: string): boolean {
  return seesTaskspace(caller.globs, id);
}
