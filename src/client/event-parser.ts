/**
 * Parses the bytes of a `text/event-stream` by WHATWG HTML section 9.2.6: lines end with CRLF, LF or CR; a
 * chunk may end anywhere, also within a character or between CR and LF; an event without a closing blank line
 * is dropped. Keeps at most one unfinished event, of bounded length.
 */
import { ApiError } from './api-error.js';

export interface ServerSentEvent {
  /** `message` when the server names none. */
  readonly event: string;
  readonly data: string;
  /** The last id that the stream has named, with this event or before. */
  readonly id: string;
}

/** UTF-16 units of one event. The server's are below 100 KiB. */
const EVENT_LENGTH_MAX = 1024 * 1024;

export class EventParser {
  /** The delay before a reconnect that the server requests, in ms; null when it requests none. */
  retryMs: number | null = null;

  private readonly decoder = new TextDecoder();
  private line = '';
  private afterCarriageReturn = false;
  private event = '';
  private data: string[] = [];
  private dataLength = 0;
  private id = '';

  /** The events that these bytes complete. Throws ApiError `unexpected_answer` when one exceeds its bound. */
  push(bytes: Uint8Array): ServerSentEvent[] {
    const text = this.decoder.decode(bytes, { stream: true });
    const events: ServerSentEvent[] = [];
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text[at];
      if (unit === '\n' && this.afterCarriageReturn) {
        from = at + 1;
      } else if (unit === '\n' || unit === '\r') {
        this.endLine(this.line + text.slice(from, at), events);
        this.line = '';
        from = at + 1;
      }
      this.afterCarriageReturn = unit === '\r';
    }
    this.line += text.slice(from);
    if (this.line.length + this.dataLength > EVENT_LENGTH_MAX) throw endless();
    return events;
  }

  private endLine(line: string, events: ServerSentEvent[]): void {
    if (line === '') this.dispatch(events);
    const colon = line.indexOf(':');
    if (line === '' || colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') {
      this.data.push(value);
      this.dataLength += value.length + 1;
    } else if (name === 'event') {
      this.event = value;
    } else if (name === 'id' && !value.includes('\0')) {
      this.id = value;
    } else if (name === 'retry' && /^[0-9]{1,9}$/.test(value)) {
      this.retryMs = Number(value);
    }
  }

  private dispatch(events: ServerSentEvent[]): void {
    if (this.data.length > 0)
      events.push({ event: this.event || 'message', data: this.data.join('\n'), id: this.id });
    this.event = '';
    this.data = [];
    this.dataLength = 0;
  }
}

function endless(): ApiError {
  return new ApiError({
    status: 200,
    code: 'unexpected_answer',
    detail: `An event of more than ${EVENT_LENGTH_MAX} characters: no taskspace server sends such.`,
  });
}
