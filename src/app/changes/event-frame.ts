/** Changes as `text/event-stream` carries them (WHATWG HTML, section 9.2). Pure. */

import type { Change } from '../../contract/changes.js';
import { oneLine } from '../../platform/one-line.js';

/** A disconnected client reconnects after so many milliseconds. */
const RETRY_MS = 1000;

/** One whole event. `id` is what a client sends as `Last-Event-ID` to continue after it. */
export function eventFrame(id: string, change: Change): Buffer {
  return Buffer.from(
    `id: ${id}\nevent: ${change.types[0] ?? 'change'}\ndata: ${oneLine(JSON.stringify(change))}\n\n`,
  );
}

/** Changes before `position` are no longer available; the stream continues after it. */
export function resetFrame(position: string): Buffer {
  return Buffer.from(`id: ${position}\nevent: reset\ndata: ${JSON.stringify({ position })}\n\n`);
}

/**
 * No event yet. `id` gives a client without a place one, in case it is disconnected before its first event.
 */
export function openingFrame(id: string | null): Buffer {
  return Buffer.from(`retry: ${RETRY_MS}\n${id === null ? '' : `id: ${id}\n`}\n`);
}
