/**
 * The prefix under which a proxy shows this server (`BASE_PATH`). A request may come with it or, when the proxy takes it
 * off, without; what the server says of itself always has it.
 */
import type { IncomingMessage } from 'node:http';

/** Takes the prefix off a request that has it. @param base such as `/tasks`. */
export function withoutBase(req: IncomingMessage, base: string): void {
  const url = req.url ?? '/';
  // RFC 9112 section 3.2.2: a client may send the whole URL.
  const from = /^https?:\/\/[^/?#]*/i.exec(url)?.[0].length ?? 0;
  const end = from + base.length;
  if (!url.startsWith(base, from) || !ENDS.has(url.charAt(end))) return;
  const rest = url.slice(end);
  req.url = url.slice(0, from) + (rest.startsWith('/') ? rest : `/${rest}`);
}

/** What may stand behind the prefix: more of the path, a query, nothing. */
const ENDS: ReadonlySet<string> = new Set(['/', '?', '']);
