/**
 * URLs of calls: ids, names and artifact paths, percent-encoded segment by segment. A segment `.`, `..` or ""
 * is refused here: URL parsers resolve it before anything is sent, and the call would reach another resource.
 */
import { ApiError } from './api-error.js';

export type QueryValue = string | number | boolean | readonly string[] | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

/** `/api/taskspaces/<id>` and what follows, each word one segment. Throws ApiError `invalid_id`. */
export function taskspacePath(id: string, ...words: readonly (string | number)[]): string {
  return ['/api/taskspaces', ...[id, ...words].map((word) => segment(String(word), 'invalid_id'))].join('/');
}

/** The same with an artifact's path at its end. Throws ApiError `invalid_path`. */
export function artifactPath(id: string, word: 'artifacts' | 'revisions', path: string): string {
  const encoded = path.split('/').map((part) => segment(part, 'invalid_path'));
  return `${taskspacePath(id, word)}/${encoded.join('/')}`;
}

/** `?a=1&b=2`, or "" when nothing is set; arrays become comma lists. */
export function queryString(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    parameters.set(name, typeof value === 'object' ? value.join(',') : String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** As a header value: UTF-8, percent-encoded. Lone surrogates, which have no UTF-8, become U+FFFD. */
export function headerText(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\uFFFD'));
}

function segment(text: string, code: 'invalid_id' | 'invalid_path'): string {
  if (text === '' || text === '.' || text === '..') {
    throw new ApiError({
      status: 0,
      code,
      detail: `A name or path segment ${JSON.stringify(text)} is not allowed; nothing was sent.`,
    });
  }
  return headerText(text);
}
