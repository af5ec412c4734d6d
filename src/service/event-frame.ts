/** Changes as `text/event-stream` carries them (WHATWG HTML, section 9.2). Pure. */
import { oneLine } from '../observe/one-line.js';
import type { ChangeJson } from './change.js';

/** A client that was cut off comes back after so many milliseconds. */
const RETRY_MS = 1000;

/** One event, whole. `id` is what a client sends as `Last-Event-ID` to go on after it. */
export function eventFrame(id: string, change: ChangeJson): Buffer {
  return Buffer.from(
    `id: ${id}\nevent: ${change.types[0] ?? 'change'}\ndata: ${oneLine(JSON.stringify(change))}\n\n`,
  );
}

/** What lies before `position` can't be given any more; the stream goes on after it. */
export function resetFrame(position: string): Buffer {
  return Buffer.from(`id: ${position}\nevent: reset\ndata: ${JSON.stringify({ position })}\n\n`);
}

/** No event yet. With `id` a client that has no place of its own has one, should it be cut off before its first event. */
export function openingFrame(id: string | null): Buffer {
  return Buffer.from(`retry: ${RETRY_MS}\n${id === null ? '' : `id: ${id}\n`}\n`);
}
