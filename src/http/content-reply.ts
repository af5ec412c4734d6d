/**
 * The bytes of an artifact revision as an answer: whole, one range, or 304. Streamed with backpressure; the source is
 * destroyed when the client leaves. The head is written only when the first bytes are there, so that a failing source
 * is still a problem and not a broken 200.
 */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TaskspaceError } from '../domain/errors.js';
import type { ContentAnswer } from '../service/answer.js';
import { isActive } from './content-types.js';
import type { Call, Reply } from './endpoint.js';
import { matchesWeakly } from './entity-tags.js';
import type { Exchange } from './exchange.js';
import { chooseRange, type RangeChoice } from './range.js';
import type { RawHeaders } from './raw-headers.js';
import { send, sendHead } from './send.js';

export function contentReply(call: Pick<Call<unknown, unknown>, 'known'>, answer: ContentAnswer): Reply {
  return async (exchange) => {
    const { headers } = exchange.req;
    if (call.known !== undefined && matchesWeakly(call.known, answer.etag)) {
      send(exchange, 304, contentHeaders(answer), undefined);
      return;
    }
    const { size } = answer.artifact;
    const range = chooseRange(headers.range, ifRangeOf(headers['if-range']), answer.etag, size);
    if (range === 'unsatisfiable') throw outside(size);
    await sendContent(exchange, answer, range);
  };
}

async function sendContent(
  exchange: Exchange,
  answer: ContentAnswer,
  range: Exclude<RangeChoice, 'unsatisfiable'>,
): Promise<void> {
  const { size } = answer.artifact;
  const headers = contentHeaders(answer);
  const length = range === 'whole' ? size : range.end - range.start + 1;
  headers.push('Content-Length', length);
  if (range !== 'whole') headers.push('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
  const status = range === 'whole' ? 200 : 206;
  if (exchange.req.method === 'HEAD' || length === 0) {
    send(exchange, status, headers, undefined);
    return;
  }
  const source = range === 'whole' ? answer.open() : answer.open(range);
  // An error between two of the listeners below has nobody else to go to, and would end the process.
  source.on('error', () => undefined);
  await firstBytes(source, exchange);
  if (exchange.res.destroyed) return;
  if (source.errored !== null) throw source.errored;
  sendHead(exchange, status, headers);
  try {
    await pipeline(source, exchange.res);
  } catch (error) {
    // The client left, or the source broke off: a connection cut short is what says so.
    exchange.res.destroy();
    if (!isClientGone(error)) throw error;
  }
}

/** Waits until the source has bytes, has failed (throws), or nobody is there to take them (destroys it). */
function firstBytes(source: Readable, { res }: Exchange): Promise<void> {
  return new Promise((resolve, reject) => {
    source.once('readable', ready);
    source.once('error', failed);
    res.once('close', left);
    if (res.destroyed) left();

    function ready(): void {
      release();
      resolve();
    }
    function failed(error: Error): void {
      release();
      reject(error);
    }
    function left(): void {
      release();
      source.destroy();
      resolve();
    }
    function release(): void {
      source.off('readable', ready);
      source.off('error', failed);
      res.off('close', left);
    }
  });
}

function contentHeaders({ artifact, etag, cache }: ContentAnswer): RawHeaders {
  const headers: RawHeaders = [
    ...['Content-Type', artifact.contentType, 'ETag', etag],
    ...['Repr-Digest', `sha-256=:${Buffer.from(artifact.sha256, 'hex').toString('base64')}:`],
    ...['Accept-Ranges', 'bytes', 'X-Revision', artifact.revision, 'X-Content-Type-Options', 'nosniff'],
    ...['X-Cache', cache, 'Cache-Control', 'private, no-cache'],
  ];
  if (isActive(artifact.contentType))
    headers.push('Content-Disposition', 'attachment', 'Content-Security-Policy', 'sandbox');
  return headers;
}

function ifRangeOf(sent: string | string[] | undefined): string | undefined {
  return typeof sent === 'string' ? sent.trim() : sent?.join(', ');
}

function outside(size: number): TaskspaceError {
  return new TaskspaceError(
    'range_not_satisfiable',
    `The artifact has ${size} bytes; the range begins behind its end.`,
    {
      headers: { 'Content-Range': `bytes */${size}` },
    },
  );
}

function isClientGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
