/**
 * Answers whose bytes come from a stream, with backpressure. The head is written only with the first bytes,
 * so that a source which fails at once is still a problem and not a broken 200. One that fails later breaks
 * the connection, which shows that the answer is incomplete. The source is destroyed when the client leaves.
 */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Exchange } from './exchange.js';
import type { RawHeaders } from './raw-headers.js';
import { sendHead } from './send.js';

/** Throws what the source failed with; nothing when the client has left. */
export async function sendStream(
  exchange: Exchange,
  status: number,
  headers: RawHeaders,
  source: Readable,
): Promise<void> {
  // Between two of the listeners below an error would have no listener, and would end the process.
  source.on('error', () => undefined);
  await firstBytes(source, exchange);
  if (exchange.res.destroyed) return;
  if (source.errored !== null) throw source.errored;
  sendHead(exchange, status, headers);
  try {
    await pipeline(source, exchange.res);
  } catch (error) {
    exchange.res.destroy();
    if (!isClientGone(error)) throw error;
  }
}

/** Waits until the source has bytes, has failed (throws), or the client has left (destroys the source). */
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

function isClientGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
