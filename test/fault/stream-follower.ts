/**
 * A client that follows a stream of events across whatever happens to workers: when its stream ends, it comes
 * back with the last id it was given, as browsers do. It writes down every change it sees, and what it could
 * not have expected.
 */
import { EventReader } from '../kit/event-reader.js';

const BACK_AFTER_MS = 20;

export class StreamFollower {
  /** `<taskspace> <commit>`, in the order of arrival. */
  readonly seen: string[] = [];
  readonly trouble: string[] = [];
  readonly workers = new Set<number>();
  /** Ends of streams, by how they ended. */
  readonly ends = { whole: 0, broken: 0 };
  /** Of this clock, for each change seen. */
  readonly arrivedAt: number[] = [];
  private lastId = '';
  private reader: EventReader | null = null;
  private leaving = false;
  private done: Promise<void> = Promise.resolve();

  constructor(
    private readonly port: number,
    private readonly path: string,
    /** For the test of the test: it comes back without its last id. */
    private readonly forgetful = false,
  ) {}

  /** Resolves when the first stream is open. */
  async start(): Promise<void> {
    const reader = this.connect();
    await reader.opened;
    this.done = this.goOn(reader);
  }

  async close(): Promise<void> {
    this.leaving = true;
    this.reader?.close();
    await this.done;
  }

  private async goOn(first: EventReader): Promise<void> {
    for (let reader = first; ; reader = this.connect()) {
      await reader.ended;
      if (this.leaving) return;
      if (reader.status === 200) {
        this.ends[reader.end ?? 'broken']++;
        this.workers.add(reader.worker);
      } else if (reader.status !== 0) this.trouble.push(`answered with ${reader.status}`);
      if (reader.lastId !== '') this.lastId = reader.lastId;
      await new Promise((resume) => setTimeout(resume, BACK_AFTER_MS));
      if (this.leaving) return;
    }
  }

  private connect(): EventReader {
    const headers = this.lastId === '' || this.forgetful ? {} : { 'Last-Event-ID': this.lastId };
    this.reader = new EventReader(this.port, this.path, {
      headers,
      onEvent: ({ id, event, data, at }) => {
        if (event === 'reset') this.trouble.push(`reset to ${id}`);
        else {
          this.seen.push(`${data.taskspace} ${data.commit}`);
          this.arrivedAt.push(at);
        }
      },
    });
    return this.reader;
  }
}
