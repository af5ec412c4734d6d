/** Content types that somebody might send to have bytes run: what browsers run, in many ways to write it. */

const RUN = [
  ...['text/html', 'application/xhtml+xml', 'image/svg+xml', 'text/xml', 'application/xml'],
  ...['application/rss+xml', 'image/x+xml', 'video/x+xml', 'audio/x+xml', 'application/json+xml'],
  ...['text/xsl', 'application/mathml+xml', 'multipart/x-mixed-replace; boundary=b', 'multipart/related'],
  ...['text/javascript', 'application/javascript', 'text/css', 'text/markdown', 'message/rfc822'],
  ...['application/x-shockwave-flash', 'application/octet-stream', 'application/unknown', 'unknown/unknown'],
  ...['*/*', 'text/*', 'image/*', 'application/vnd.wap.xhtml+xml', 'application/x-httpd-php', 'image/svg'],
  ...['application/mhtml', 'multipart/mixed; boundary=b', 'text/x-component', 'application/rdf+xml'],
];

const WAYS: readonly ((type: string) => string)[] = [
  (type) => type,
  (type) => type.toUpperCase(),
  (type) => `${type} x`,
  (type) => `${type},x`,
  (type) => `${type}, x/y`,
  (type) => `${type},*/*`,
  (type) => `${type} (x)`,
  (type) => `${type}(x)`,
  (type) => `${type};`,
  (type) => `${type};;`,
  (type) => `${type} ; charset=utf-8`,
  (type) => `${type};charset=utf-7`,
  (type) => `${type}; charset="utf-8`,
  (type) => `${type}; a=b c`,
  (type) => `${type}; a="\\""`,
  (type) => `${type};a=",text/plain"`,
  (type) => `${type}\t;x`,
  (type) => `${type}\tx`,
  (type) => `${type}\u000bx`,
  (type) => `${type}\u00a0`,
  (type) => `${type}/x`,
  (type) => type.replace('/', '/ '),
  (type) => type.replace('/', ' /'),
  (type) => `text/plain,${type}`,
  (type) => `text/plain, ${type}`,
  (type) => `text/plain ${type}`,
  (type) => `text/plain; a=b, ${type}`,
  (type) => `text/plain; a=",${type}"`,
  (type) => `image/png; a=", ${type}, "`,
  (type) => `text/plain; a="\\", ${type}; b="`,
  (type) => `text/plain;charset=",${type};`,
  (type) => `image/png,${type}`,
  (type) => `"${type}"`,
  (type) => `;${type}`,
  (type) => `,${type}`,
];

/** All of them, each once; those that are no header of HTTP (control characters) among them. */
export function typeSpellings(): readonly string[] {
  return [...new Set(RUN.flatMap((type) => WAYS.map((way) => way(type))))];
}

/** What may be shown in place. */
export const SHOWN_TYPES = [
  ...['text/plain', 'text/plain; charset=utf-8', 'TEXT/PLAIN;charset="utf-8"', 'application/json'],
  ...['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf', 'audio/mpeg', 'audio/wav'],
  ...['video/mp4', 'video/webm'],
] as const;
