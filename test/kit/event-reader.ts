/**
 * A client of event streams as small as can be: it reads one stream, and comes back only when it is told to.
 * It parses by WHATWG HTML section 9.2.6: an event without data is none, but its id counts.
 */
import http from 'node:http';

export interface SeenEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
  /** When it arrived, in ms of `performance.now()`. */
  readonly at: number;
}

export class EventReader {
  readonly events: SeenEvent[] = [];
  comments = 0;
  retryMs: number | null = null;
  /** The last id that the stream has named. */
  lastId = '';
  text = '';
  status = 0;
  headers: http.IncomingHttpHeaders = {};
  /** How the stream ended; null while it goes on. */
  end: 'whole' | 'broken' | null = null;
  readonly ended: Promise<void>;
  /** Resolves when the head and the first bytes are there, or it has ended. */
  readonly opened: Promise<void>;
  private readonly request: http.ClientRequest;
  private unparsed = '';

  constructor(
    port: number,
    path: string,
    {
      headers = {},
      onEvent,
    }: { headers?: http.OutgoingHttpHeaders; onEvent?: (event: SeenEvent) => void } = {},
  ) {
    this.request = http.request({ host: '127.0.0.1', port, path, headers, agent: false });
    let open = (): void => undefined;
    this.opened = new Promise((resolve) => {
      open = resolve;
    });
    this.ended = new Promise((resolve) => {
      const finish = (how: 'whole' | 'broken'): void => {
        this.end ??= how;
        open();
        resolve();
      };
      this.request.on('error', () => finish('broken'));
      this.request.on('response', (response) => {
        this.status = response.statusCode ?? 0;
        this.headers = response.headers;
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          this.take(chunk, onEvent);
          open();
        });
        response.on('error', () => finish('broken'));
        response.on('end', () => finish(response.complete ? 'whole' : 'broken'));
      });
    });
    this.request.end();
  }

  get worker(): number {
    return Number(this.headers['x-worker']);
  }

  get ids(): string[] {
    return this.events.map(({ id }) => id);
  }

  close(): void {
    this.request.destroy();
  }

  private take(chunk: string, onEvent?: (event: SeenEvent) => void): void {
    this.text += chunk;
    const blocks = (this.unparsed + chunk).split('\n\n');
    this.unparsed = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = { event: 'message', data: '' };
      for (const line of block.split('\n')) {
        const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
        if (name === '') this.comments++;
        else if (name === 'retry') this.retryMs = Number(value);
        else if (name === 'id') this.lastId = value;
        else if (name === 'event') fields.event = value;
        else if (name === 'data') fields.data += value;
      }
      if (fields.data === '') continue;
      const data = JSON.parse(fields.data) as Record<string, unknown>;
      const seen = { id: this.lastId, event: fields.event, data, at: performance.now() };
      this.events.push(seen);
      onEvent?.(seen);
    }
  }
}
