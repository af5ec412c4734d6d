/** API.md section 5: bytes by path, as streams in both directions, and every version of them. */
import type { Artifact, ArtifactPatch } from '../contract/artifacts.js';
import type { JsonObject } from '../contract/json.js';
import type { PlacedArtifact } from '../contract/overview.js';
import type { Answer, NotModified } from './answer.js';
import { type CallOptions, callJson, preconditions, readConditionally, type WriteOptions } from './call.js';
import { type Download, download } from './download.js';
import type { Body } from './outgoing-call.js';
import { listOf, type PagedList, type PageOptions } from './paged-list.js';
import { artifactPath, headerText, queryString, taskspacePath } from './target.js';
import type { Send } from './transport.js';

export interface PutArtifactOptions extends WriteOptions {
  /** By the path's extension when absent. */
  readonly contentType?: string | undefined;
  /** Why this revision was made. */
  readonly message?: string | undefined;
  /** Sent in a header: for more than some KiB, `patch` it afterwards. */
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

export interface ArtifactQuery extends PageOptions {
  readonly prefix?: string | undefined;
  /** Includes paths whose newest revision is a deletion. */
  readonly deleted?: boolean | undefined;
}

export interface PlacedArtifactQuery extends PageOptions {
  readonly owner?: string | undefined;
  readonly taskspace?: string | undefined;
  /** `metadata.type`. */
  readonly type?: string | undefined;
  /** Both `metadata.deployedVersion` and `metadata.upstreamVersion` are set, and differ. */
  readonly outdated?: true | undefined;
  /** `metadata.localModified`. */
  readonly modified?: true | undefined;
  readonly prefix?: string | undefined;
}

export interface ArtifactCalls {
  /**
   * The same bytes, type and metadata make no revision. A stream cannot be sent again; a function
   * that makes one can.
   */
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
  /** Newest revisions of all taskspaces. */
  everywhere(query?: PlacedArtifactQuery): PagedList<PlacedArtifact>;
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
      getArtifact(send, artifactPath(id, 'artifacts', path), options)) as ArtifactCalls['get'],
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
    list: (id, query) => listOf(send, () => taskspacePath(id, 'artifacts'), query),
    revisions: (id, path, query) => listOf(send, () => artifactPath(id, 'revisions', path), query),
    everywhere: (query) => listOf(send, () => '/api/artifacts', query),
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
    // fetch would add a content type for texts and Blobs; the server's default is by extension.
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

function getArtifact(
  send: Send,
  path: string,
  {
    revision,
    range,
    ifNoneMatch,
    signal,
  }: GetArtifactOptions & { readonly ifNoneMatch?: string | undefined },
): Promise<Download | NotModified> {
  const headers = {
    'If-None-Match': ifNoneMatch,
    Range: range === undefined ? undefined : `bytes=${range.first}-${range.last ?? ''}`,
  };
  return download(send, path + queryString({ revision }), headers, signal);
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
