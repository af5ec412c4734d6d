/**
 * Artifact uploads: the headers that describe the bytes, and the bytes as a counted stream. A body that is
 * too long or ends early fails the stream with the error that the client gets, so that a use case can never
 * take half a body for whole.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import type { Upload } from '../app/artifacts/artifacts.js';
import { MEDIA_TYPE_HINT } from '../contract/artifacts.js';
import { parseMediaType } from '../contract/media-type-syntax.js';
import { TaskspaceError } from '../domain/errors.js';
import { isObject, type JsonObject } from '../domain/json.js';
import {
  announcedLength,
  beginBody,
  incompleteBody,
  onUnfinished,
  refuseAnnounced,
  tooLarge,
} from './body.js';
import { contentTypeOf } from './content-types.js';
import type { Exchange } from './exchange.js';
import { parseJsonText } from './json-body.js';
import { checkEncoding } from './media-type.js';
import { decodeOnce } from './target.js';

const SHA256_BYTES = 32;
const CHUNK_BYTES = 256 * 1024;

/** Passes the described body to `store`. Throws what the stream failed with, else what `store` throws. */
export async function receiveUpload<T>(
  exchange: Exchange,
  path: string,
  bytesMax: number,
  store: (upload: Upload) => Promise<T>,
): Promise<T> {
  const { req } = exchange;
  const description = describe(req.headers, path);
  refuseAnnounced(req, bytesMax);
  beginBody(exchange);
  const stream = new CountedBody(req, bytesMax);
  try {
    return await store({ ...description, stream, length: announcedLength(req) });
  } catch (error) {
    throw stream.failure ?? error;
  } finally {
    stream.release();
  }
}

function describe(headers: IncomingHttpHeaders, path: string): Omit<Upload, 'stream' | 'length'> {
  checkEncoding(headers);
  if (headers['content-range'] !== undefined) {
    throw invalidHeader(
      'Content-Range',
      'An upload replaces the whole artifact. Send all of its bytes without this header.',
    );
  }
  const contentType = headers['content-type'] ?? contentTypeOf(path);
  if (parseMediaType(contentType) === null)
    throw invalidHeader('Content-Type', MEDIA_TYPE_HINT.replace('Must', 'It must'));
  return {
    contentType,
    sha256: digestOf(headers['repr-digest']),
    message: textOf('X-Message', headers['x-message']) ?? '',
    metadata: metadataOf(headers['x-metadata']),
  };
}

/** Lower-case hex of the `sha-256` member of `Repr-Digest` (RFC 9530); other algorithms are ignored. */
function digestOf(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  for (const member of String(header).split(',')) {
    const text = member.trim();
    const equals = text.indexOf('=');
    if (equals <= 0) throw malformedDigest();
    if (text.slice(0, equals).toLowerCase() !== 'sha-256') continue;
    const match = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(text.slice(equals + 1));
    const bytes = Buffer.from(match?.[1] ?? '', 'base64');
    if (bytes.length !== SHA256_BYTES) throw malformedDigest();
    return bytes.toString('hex');
  }
  return null;
}

function metadataOf(header: string | string[] | undefined): JsonObject {
  const text = textOf('X-Metadata', header);
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = parseJsonText(text);
  } catch (error) {
    throw invalidHeader(
      'X-Metadata',
      error instanceof Error ? error.message.replace('The body', 'It') : 'It does not parse.',
    );
  }
  if (!isObject(value as JsonObject)) throw invalidHeader('X-Metadata', 'It must be a JSON object.');
  return value as JsonObject;
}

function textOf(name: string, header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = typeof header === 'string' ? decodeOnce(header) : undefined;
  if (text === undefined) throw invalidHeader(name, 'It must be percent-encoded UTF-8 (encodeURIComponent).');
  return text;
}

function malformedDigest(): TaskspaceError {
  return invalidHeader('Repr-Digest', 'Send it as sha-256=:<base64 of the 32 bytes>:');
}

function invalidHeader(name: string, detail: string): TaskspaceError {
  return new TaskspaceError('invalid_header', `The header ${name} is malformed. ${detail}`);
}

/** The body of a request, with its bytes counted. Ends only when the body is whole. */
class CountedBody extends Transform {
  /** Why the stream was destroyed from this side; null while there is no failure. */
  failure: TaskspaceError | null = null;
  readonly release: () => void;
  private size = 0;

  constructor(
    req: IncomingMessage,
    private readonly bytesMax: number,
  ) {
    super({ highWaterMark: CHUNK_BYTES });
    const broken = () => {
      if (!req.complete) this.fail(incompleteBody());
    };
    // A use case may finish with the stream before it breaks; an error without a listener must
    // not end the process.
    this.on('error', () => undefined);
    req.once('close', broken);
    req.on('error', broken);
    const forget = onUnfinished(req.socket, broken);
    this.release = () => {
      forget();
      req.off('close', broken);
      req.unpipe(this);
      if (!this.destroyed) this.destroy();
    };
    req.pipe(this);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.size += chunk.length;
    if (this.size > this.bytesMax) {
      this.fail(tooLarge(this.bytesMax));
      done();
    } else {
      done(null, chunk);
    }
  }

  private fail(error: TaskspaceError): void {
    if (this.failure !== null || this.readableEnded) return;
    this.failure = error;
    this.destroy(error);
  }
}
