/**
 * Reads request bodies, up to a limit. A body that is announced too long is refused before a byte of it is
 * read (and before `100 Continue`); one that ends early never reaches a use case.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TaskspaceError } from '../domain/errors.js';
import type { Exchange } from './exchange.js';

/** Called when the connection's input ends in the middle of a body that is being read. */
const unfinished = new WeakMap<object, () => void>();

/**
 * Passes the bytes of the body to `take` as they arrive; what that throws ends the reading. Throws
 * `too_large` (above `bytesMax`), `incomplete_body`.
 */
export async function readBody(
  exchange: Exchange,
  bytesMax: number,
  take: (chunk: Buffer) => void,
): Promise<void> {
  const { req } = exchange;
  refuseAnnounced(req, bytesMax);
  beginBody(exchange);
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    const release = onUnfinished(req.socket, () => settle(incompleteBody()));
    req.on('data', onData);
    req.once('end', onEnd);
    req.once('close', onEnd);
    req.once('error', onEnd);

    function onData(chunk: Buffer): void {
      size += chunk.length;
      try {
        if (size > bytesMax) throw tooLarge(bytesMax);
        take(chunk);
      } catch (error) {
        settle(error as Error);
      }
    }

    function onEnd(): void {
      settle(req.complete ? undefined : incompleteBody());
    }

    function settle(error: Error | undefined): void {
      release();
      req.off('data', onData);
      req.off('end', onEnd);
      req.off('close', onEnd);
      // A broken connection still emits an error later, which then has no other listener.
      if (error === undefined) resolve();
      else reject(error);
    }
  });
}

/** `Content-Length`; null when the body is chunked or there is none. */
export function announcedLength(req: IncomingMessage): number | null {
  const length = req.headers['content-length'];
  return length === undefined ? null : Number(length);
}

export function refuseAnnounced(req: IncomingMessage, bytesMax: number): void {
  if ((announcedLength(req) ?? 0) > bytesMax) throw tooLarge(bytesMax);
}

/** Sends `100 Continue` to a client that waits for it. */
export function beginBody(exchange: Exchange): void {
  if (!exchange.awaitsContinue) return;
  exchange.awaitsContinue = false;
  exchange.res.writeContinue();
}

export function tooLarge(bytesMax: number): TaskspaceError {
  return new TaskspaceError(
    'too_large',
    `The body is larger than ${bytesMax} bytes, which is the limit of this call.`,
  );
}

export function incompleteBody(): TaskspaceError {
  return new TaskspaceError(
    'incomplete_body',
    'The body ended before its announced length. Nothing was changed; send it again.',
  );
}

/** Calls `callback` when the connection's input ends early, until the returned function is called. */
export function onUnfinished(socket: Socket, callback: () => void): () => void {
  unfinished.set(socket, callback);
  return () => unfinished.delete(socket);
}

/** Tells the reader of this connection's body that no more will come. False when no body is being read. */
export function endUnfinished(socket: object): boolean {
  const callback = unfinished.get(socket);
  callback?.();
  return callback !== undefined;
}
