/** What a caller may do and see. A taskspace outside its globs does not exist for it. */
import { TaskspaceError, taskspaceNotFound } from '../domain/errors.js';
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
  return caller.globs.some((glob) => glob === '*' || matchesGlob(glob, id));
}

/** `*` stands for any characters, `?` for one; no other character is special. Linear but for the last star. */
export function matchesGlob(glob: string, text: string): boolean {
  let g = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g++;
      mark = t;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[t])) {
      g++;
      t++;
    } else if (star >= 0) {
      g = star + 1;
      t = ++mark;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
