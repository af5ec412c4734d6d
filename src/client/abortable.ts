/**
 * What a signal ends at once, whatever `fetch` makes of it: once the head of an answer is there, Node's holds
 * the signal weakly, so that after a garbage collection neither an abort nor a time limit ended a read.
 */
import { onAbort } from './on-abort.js';

/** Settles as the promise does, or rejects with the signal's reason as soon as it fires. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const letGo = onAbort(signal, () => reject(signal.reason));
    promise.then(resolve, reject).finally(letGo);
  });
}

/**
 * The same answer, whose body fails with the signal's reason as soon as it fires, and then gives its
 * connection up. What nobody reads is not locked: Node closes it with the answer.
 */
export function abortable(response: Response, signal: AbortSignal | undefined): Response {
  const { body, status, statusText, headers } = response;
  if (body === null || signal === undefined) return response;
  return new Response(abortableBody(response, body, signal), { status, statusText, headers });
}

type Bytes = Uint8Array<ArrayBuffer>;

/** @param response is held as long as its body: Node cancels the body of one that is collected. */
function abortableBody(response: Response, body: ReadableStream<Bytes>, signal: AbortSignal) {
  let reader: ReadableStreamDefaultReader<Bytes> | undefined;
  let letGo = (): void => undefined;

  function begin(controller: ReadableStreamDefaultController<Bytes>) {
    const begun = body.getReader();
    letGo = onAbort(signal, () => {
      controller.error(signal.reason);
      // Cancelling fails where the connection is broken already: nothing is left to give up.
      begun.cancel(signal.reason).catch(() => undefined);
    });
    return begun;
  }

  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        reader ??= begin(controller);
        try {
          const { done, value } = await reader.read();
          if (signal.aborted) return;
          if (!done) return controller.enqueue(value);
          controller.close();
        } catch (error) {
          letGo();
          throw error;
        }
        letGo();
      },
      async cancel(reason) {
        letGo();
        await (reader ?? response.body)?.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
