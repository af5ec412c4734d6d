/**
 * The request target, split from the raw bytes. Express decodes each part of a path by its own rules (and
 * throws on some); here a path stays as it was sent, and Express gets a form whose decoding yields those same
 * bytes. So each part is decoded exactly once, by the code that knows its meaning.
 */
export interface Target {
  /** As sent, up to `?`; characters are the bytes of the request line. */
  readonly path: string;
  /** As sent, after `?`; empty without one. */
  readonly query: string;
  /** Host and port, when a whole URL was sent: they replace the header (RFC 9112 section 3.2.2). */
  readonly authority?: string;
}

export function splitTarget(url: string): Target {
  if (url.charCodeAt(0) === 0x2f) return splitQuery(url);
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
  return { ...splitQuery(withoutAuthority(url)), ...(authority === undefined ? {} : { authority }) };
}

function splitQuery(url: string): Target {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: '' };
  return { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

/**
 * The URL that Express routes by: its percent-decoding of each part yields the raw part again. What is no
 * path (`ftp://host/path`, `*`) becomes one part, which no route has: Express would leave out its host.
 */
export function routingUrl(target: Target, method?: string): string {
  // RFC 9110 section 9.3.7: what the server can do at all.
  if (target.path === '*' && method === 'OPTIONS') return '/';
  if (!target.path.startsWith('/')) return `/${encodeURIComponent(target.path)}`;
  return target.path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/g, encodeURIComponent);
}

/**
 * Decodes percent-encoding once, as UTF-8; raw bytes above 0x7f are read as UTF-8 too (in headers; Node's
 * parser refuses them in a path). Undefined when the encoding or the UTF-8 is malformed.
 */
export function decodeOnce(raw: string): string | undefined {
  if (!/[%\x80-\xff]/.test(raw)) return raw;
  try {
    return decodeURIComponent(raw.replace(/[\x80-\xff]/g, escapeByte));
  } catch {
    return undefined;
  }
}

function escapeByte(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16)}`;
}

/** RFC 9112 section 3.2.2: a client may send the whole URL. Any other form is no path of this server. */
function withoutAuthority(url: string): string {
  const scheme = /^https?:\/\//i.exec(url);
  if (scheme === null) return url;
  const rest = url.slice(scheme[0].length);
  const end = rest.search(/[/?]/);
  if (end < 0) return '/';
  return rest.charCodeAt(end) === 0x2f ? rest.slice(end) : `/${rest.slice(end)}`;
}
