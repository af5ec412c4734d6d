/**
 * Request ids: the client's when it is harmless in a log and a URL, else one that is made without a random
 * source: a prefix that is new for every process, and a counter.
 */
import { randomBytes } from 'node:crypto';

const LENGTH_MAX = 128;
const prefix = `${randomBytes(6).toString('hex')}-`;
let made = 0;

/**
 * The id of a request whose `X-Request-Id` header is `sent`. Echoes
 * `^[A-Za-z0-9._-]{1,128}$`, else makes one.
 */
export function requestIdOf(sent: string | string[] | undefined): string {
  if (typeof sent === 'string' && isHarmless(sent)) return sent;
  made++;
  return prefix + made.toString(36);
}

function isHarmless(id: string): boolean {
  const length = id.length;
  if (length === 0 || length > LENGTH_MAX) return false;
  for (let i = 0; i < length; i++) {
    const c = id.charCodeAt(i);
    const letter = (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a);
    const other = (c >= 0x30 && c <= 0x39) || c === 0x2e || c === 0x5f || c === 0x2d;
    if (!letter && !other) return false;
  }
  return true;
}
