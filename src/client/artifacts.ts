/** API.md section 5: bytes by path, as streams in both directions, and every version of them. */
import type { Answer, AnswerHead, NotModified } from './answer.js';
import { numberIn } from './answer.js';
import { type CallOptions, callJson, preconditions, readConditionally, type WriteOptions } from './call.js';
import { type PagedList, type PageOptions, pagedList } from './paged-list.js';
import type { Artifact, ArtifactPatch, JsonObject, Page } from './shapes.js';
import { artifactPath, headerText, queryString, taskspacePath } from './target.js';
import type { Body, Send } from './transport.js';

export interface PutArtifactOptions extends WriteOptions {
  /** By the path's extension when absent. */
  readonly contentType?: string | undefined;
  /** Why this revision was made. */
  readonly message?: string | undefined;
  /** Travels in a header: for more than some KiB, `patch` it afterwards. */
  readonly metadata?: JsonObject | undefined;
  /** Lower-case hex of the bytes: the server refuses others with 400 `digest_mismatch`. */
  readonly sha256?: string | undefined;
}

export interface RevisionOptions extends CallOptions {
  /** The newest when absent. */
  readonly revision?: number | undefined;
}

export interface GetArtifactOptions extends RevisionOptions {
  /** Bytes from `first` to `last`, both inclusive: the answer's status is then 206. */
  readonly range?: { readonly first: number; readonly last?: number | undefined } | undefined;
}

type Conditional<O> = O & { readonly ifNoneMatch: string };

/** The bytes of one revision. Exactly one of `body`, `bytes()` and `text()` can be used, once. */
export interface Download extends AnswerHead {
  readonly notModified: false;
  readonly revision: number | null;
  readonly contentType: string | null;
  /** Of this answer: of the range, if one was asked for. */
  readonly size: number | null;
  readonly body: ReadableStream<Uint8Array>;
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
}

export interface ArtifactQuery extends PageOptions {
  readonly prefix?: string | undefined;
  /** Also those whose newest revision is a deletion. */
  readonly deleted?: boolean | undefined;
}

export interface ArtifactCalls {
  /** The same bytes, type and metadata make no revision. A stream cannot be sent again; a function that makes one can. */
  put(id: string, path: string, body: Body, options?: PutArtifactOptions): Promise<Answer<Artifact>>;
  /** A new revision over the same bytes. Is repeated after a broken connection only with `ifMatch`. */
  patch(id: string, path: string, patch: ArtifactPatch, options?: WriteOptions): Promise<Answer<Artifact>>;
  get(id: string, path: string, options: Conditional<GetArtifactOptions>): Promise<Download | NotModified>;
  get(id: string, path: string, options?: GetArtifactOptions): Promise<Download>;
  meta(
    id: string,
    path: string,
    options: Conditional<RevisionOptions>,
  ): Promise<Answer<Artifact> | NotModified>;
  meta(id: string, path: string, options?: RevisionOptions): Promise<Answer<Artifact>>;
  /** Older revisions stay readable by number. */
  delete(id: string, path: string, options?: WriteOptions): Promise<Answer<undefined>>;
  /** Newest revisions, by path in byte order. */
  list(id: string, query?: ArtifactQuery): PagedList<Artifact>;
  /** Newest first, deleted ones included. */
  revisions(id: string, path: string, query?: PageOptions): PagedList<Artifact>;
}

export function artifactCalls(send: Send): ArtifactCalls {
  return {
    put: async (id, path, body, options = {}) =>
      putArtifact(send, artifactPath(id, 'artifacts', path), body, options),
    patch: async (id, path, json, options = {}) =>
      callJson(send, {
        method: 'PATCH',
        path: artifactPath(id, 'artifacts', path),
        json,
        signal: options.signal,
        headers: preconditions(options),
      }),
    get: (async (id: string, path: string, options: GetArtifactOptions = {}) =>
      download(send, artifactPath(id, 'artifacts', path), options)) as ArtifactCalls['get'],
    meta: (async (id: string, path: string, { revision, ...options }: RevisionOptions = {}) => {
      const query = queryString({ meta: true, revision });
      return readConditionally<Artifact>(send, artifactPath(id, 'artifacts', path) + query, options);
    }) as ArtifactCalls['meta'],
    delete: async (id, path, options = {}) =>
      callJson(send, {
        method: 'DELETE',
        path: artifactPath(id, 'artifacts', path),
        signal: options.signal,
        headers: preconditions(options),
      }),
    list: (id, query) => artifactList(send, () => taskspacePath(id, 'artifacts'), query),
    revisions: (id, path, query) => artifactList(send, () => artifactPath(id, 'revisions', path), query),
  };
}

async function putArtifact(
  send: Send,
  path: string,
  body: Body,
  options: PutArtifactOptions,
): Promise<Answer<Artifact>> {
  const { contentType, message, metadata, sha256, signal } = options;
  const headers = {
    ...preconditions(options),
    // A browser or Node would name a type of its own for texts and Blobs; the server's default is by extension.
    'Content-Type': contentType ?? typeOfBody(body),
    'X-Message': message === undefined ? undefined : headerText(message),
    'X-Metadata': metadata === undefined ? undefined : headerText(JSON.stringify(metadata)),
    'Repr-Digest': sha256 === undefined ? undefined : `sha-256=:${base64OfHex(sha256)}:`,
  };
  const { head, value } = await send(
    { method: 'PUT', path, headers, body: withoutType(body), signal, bulk: true },
    async (response) => (await response.json()) as Artifact,
  );
  return { ...head, notModified: false, value };
}

async function download(
  send: Send,
  path: string,
  options: GetArtifactOptions & { readonly ifNoneMatch?: string | undefined },
): Promise<Download | NotModified> {
  const { revision, range, ifNoneMatch, signal } = options;
  const { head, response } = await send(
    {
      method: 'GET',
      path: path + queryString({ revision }),
      headers: {
        'If-None-Match': ifNoneMatch,
        Range: range === undefined ? undefined : `bytes=${range.first}-${range.last ?? ''}`,
      },
      signal,
      bulk: true,
    },
    async () => undefined,
  );
  if (response.status === 304) return { ...head, notModified: true };
  return {
    ...head,
    notModified: false,
    revision: numberIn(response.headers, 'x-revision'),
    contentType: response.headers.get('content-type'),
    size: numberIn(response.headers, 'content-length'),
    body: response.body ?? new Blob([]).stream(),
    bytes: async () => new Uint8Array(await response.arrayBuffer()),
    text: () => response.text(),
  };
}

function artifactList(
  send: Send,
  path: () => string,
  { signal, ...query }: ArtifactQuery = {},
): PagedList<Artifact> {
  return pagedList(async (cursor) =>
    callJson<Page<Artifact>>(send, {
      method: 'GET',
      path: path() + queryString({ ...query, cursor }),
      signal,
    }),
  );
}

/** Bytes of a text are sent without the type that fetch would add for a string. */
function withoutType(body: Body): Body {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body;
}

/** A Blob that knows its type keeps it; undefined leaves the choice to the server. */
function typeOfBody(body: Body): string | undefined {
  return body instanceof Blob && body.type !== '' ? body.type : undefined;
}

function base64OfHex(hex: string): string {
  const bytes = (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return btoa(String.fromCharCode(...bytes));
}
