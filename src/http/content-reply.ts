/** The bytes of an artifact revision as an answer: whole, one range, or 304. */

import type { ContentAnswer } from '../app/answer.js';
import { TaskspaceError } from '../domain/errors.js';
import { artifactHeaders } from './artifact-headers.js';
import { sendStream } from './body-stream.js';
import type { Call, Reply } from './endpoint.js';
import { matchesWeakly } from './entity-tags.js';
import type { Exchange } from './exchange.js';
import { chooseRange, type RangeChoice } from './range.js';
import type { RawHeaders } from './raw-headers.js';
import { send } from './send.js';

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
  if (length === 0) {
    send(exchange, status, headers, undefined);
    return;
  }
  const source = range === 'whole' ? answer.open() : answer.open(range);
  if (exchange.req.method === 'HEAD') {
    // Opened in any case: a HEAD must fail where a GET would.
    source.on('error', () => undefined).destroy();
    send(exchange, status, headers, undefined);
    return;
  }
  await sendStream(exchange, status, headers, source);
}

function contentHeaders({ artifact, etag, cache }: ContentAnswer): RawHeaders {
  return [
    ...artifactHeaders(artifact.contentType),
    ...['ETag', etag, 'Repr-Digest', `sha-256=:${Buffer.from(artifact.sha256, 'hex').toString('base64')}:`],
    ...['Accept-Ranges', 'bytes', 'X-Revision', artifact.revision],
    ...['X-Cache', cache, 'Cache-Control', 'private, no-cache'],
  ];
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
