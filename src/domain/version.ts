/**
 * Versions of resources, their ETags, and preconditions on them (RFC 9110 section 13).
 *
 * A version is a revision plus a tag: the first 8 hex digits of the id of the commit that made it. After a
 * power cut, a restore or a re-creation the same number has another tag, so an old ETag never matches
 * something else.
 */
import { TaskspaceError } from './errors.js';

export interface Version {
  readonly revision: number;
  readonly tag: string;
  readonly by: string;
  /** ISO 8601 UTC with milliseconds, as every time in the domain. */
  readonly at: string;
}

/** `If-Match` and `If-None-Match` as sent: `*`, or a list of entity tags, quotes and `W/` included. */
export interface Precondition {
  readonly ifMatch?: '*' | readonly string[];
  readonly ifNoneMatch?: '*' | readonly string[];
}

const WEAK = 'W/';
const TAG_SHOWN_MAX = 64;

export const NO_PRECONDITION: Precondition = {};

export function etagOf(version: Pick<Version, 'revision' | 'tag'>): string {
  return `"${version.revision}-${version.tag}"`;
}

/** Whether one entity tag names this version. Strong comparison; `"<revision>"` alone is accepted as well. */
export function tagMatches(tag: string, version: Pick<Version, 'revision' | 'tag'>): boolean {
  return tag === etagOf(version) || tag === `"${version.revision}"`;
}

/** Throws `precondition_failed` unless the resource (`null`: missing) satisfies the request's conditions. */
export function checkPrecondition(pre: Precondition, current: Version | null): void {
  if (pre.ifMatch !== undefined && !matches(pre.ifMatch, current)) {
    const weak = pre.ifMatch === '*' ? undefined : pre.ifMatch.find((tag) => tag.startsWith(WEAK));
    if (current && weak !== undefined) throw failed(current, whyWeak(weak), stepForWeak(weak, current));
    throw failed(
      current,
      current ? 'If-Match names another version' : 'If-Match was sent, but nothing is there',
    );
  }
  if (pre.ifNoneMatch !== undefined && matches(pre.ifNoneMatch, current)) {
    throw failed(
      current,
      'If-None-Match names what is there',
      'It exists already. Leave If-None-Match out to replace it.',
    );
  }
}

function matches(condition: '*' | readonly string[], current: Version | null): boolean {
  if (current === null) return false;
  return condition === '*' || condition.some((tag) => tagMatches(tag, current));
}

function failed(current: Version | null, what: string, next = nextStep(current)): TaskspaceError {
  return new TaskspaceError('precondition_failed', `${what}. ${next}`, {
    ...(current ? { etag: etagOf(current) } : {}),
    members: { currentRevision: current?.revision ?? 0, by: current?.by ?? null, at: current?.at ?? null },
  });
}

/** RFC 9110 section 13.1.1: `If-Match` compares strongly, and a weak tag equals none. */
function whyWeak(weak: string): string {
  const shown = weak.length > TAG_SHOWN_MAX ? `${weak.slice(0, TAG_SHOWN_MAX)}…` : weak;
  return `If-Match has the weak tag ${shown}, which never matches. This server sends no weak tags: a proxy that compresses its answers has made it weak`;
}

function stepForWeak(weak: string, current: Version): string {
  const rest = weak.slice(WEAK.length);
  const next = tagMatches(rest, current)
    ? `The rest of it names the present version: send If-Match: ${rest}`
    : `${nextStep(current)} Leave out its W/`;
  return `${next.replace(/\.$/, '')}, or let the proxy not compress answers of this server.`;
}

function nextStep(current: Version | null): string {
  if (current === null) return 'Leave If-Match out to create it.';
  return 'Read it again, apply your change to what you find, and send its ETag.';
}
