/**
 * Any number of listeners on a signal, of which the signal sees one: dozens of calls under one signal are
 * normal, and Node reports more than ten listeners as a leak. Nothing stays behind once all are removed.
 */
interface Audience {
  readonly listeners: Set<{ readonly call: () => void }>;
  readonly all: () => void;
}

const audiences = new WeakMap<AbortSignal, Audience>();

/** Calls `call` when the signal fires, at once if it has. @returns removes the listener. */
export function onAbort(signal: AbortSignal | undefined, call: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) {
    call();
    return () => undefined;
  }
  const audience = audiences.get(signal) ?? gather(signal);
  const listener = { call };
  audience.listeners.add(listener);
  return () => {
    audience.listeners.delete(listener);
    if (audience.listeners.size > 0 || audiences.get(signal) !== audience) return;
    signal.removeEventListener('abort', audience.all);
    audiences.delete(signal);
  };
}

function gather(signal: AbortSignal): Audience {
  const listeners: Audience['listeners'] = new Set();
  const all = (): void => {
    audiences.delete(signal);
    for (const { call } of [...listeners]) call();
  };
  signal.addEventListener('abort', all, { once: true });
  const audience = { listeners, all };
  audiences.set(signal, audience);
  return audience;
}
