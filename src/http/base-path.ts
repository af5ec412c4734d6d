/**
 * The prefix under which a proxy serves this server (`BASE_PATH`). A request may have it or, when the proxy
 * removes it, not; the URLs that the server makes always have it.
 */
import type { IncomingMessage } from 'node:http';

/** Removes the prefix from a request that has it. @param base such as `/tasks`. */
export function withoutBase(req: IncomingMessage, base: string): void {
  const url = req.url ?? '/';
  // RFC 9112 section 3.2.2: a client may send the whole URL.
  const from = /^https?:\/\/[^/?#]*/i.exec(url)?.[0].length ?? 0;
  const end = from + base.length;
  if (!url.startsWith(base, from) || !ENDS.has(url.charAt(end))) return;
  const rest = url.slice(end);
  req.url = url.slice(0, from) + (rest.startsWith('/') ? rest : `/${rest}`);
}

/** What may follow the prefix: more of the path, a query, nothing. */
const ENDS: ReadonlySet<string> = new Set(['/', '?', '']);
