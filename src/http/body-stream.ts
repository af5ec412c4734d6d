/**
 * Answers whose bytes come from a stream, with backpressure. The head is written only when the first bytes are there,
 * so that a source which fails at once is still a problem and not a broken 200; one that fails later breaks the
 * connection, which is what says that the answer is not whole. The source is destroyed when the client leaves.
 */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Exchange } from './exchange.js';
import type { RawHeaders } from './raw-headers.js';
import { sendHead } from './send.js';

/** Throws what the source failed with; nothing when it was the client who left. */
export async function sendStream(
  exchange: Exchange,
  status: number,
  headers: RawHeaders,
  source: Readable,
): Promise<void> {
  // An error between two of the listeners below has nobody else to go to, and would end the process.
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

function isClientGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
