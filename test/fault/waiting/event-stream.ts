/**
 * Follows one taskspace or the whole server as API.md section 6 says, and comes back with the last id it has
 * seen: in `Last-Event-ID` or in `since`, by turns. It parses no more of WHATWG HTML 9.2.6 than the server
 * uses.
 */
import { api } from '../../kit/recorder.js';
import { Follower } from './follower.js';
import type { Delivery } from './message-reader.js';
import type { Wire } from './wire.js';

export interface SeenChange extends Delivery {
  readonly taskspace: string;
  readonly id: string;
}

export interface EventStreamOptions {
  readonly port: number;
  /** Null: the whole server. */
  readonly id: string | null;
  /** The id of the event after which it begins. */
  readonly since: string;
}

export class EventStream extends Follower {
  /** `number` is the commit, `value` what it refers to. */
  readonly seen: SeenChange[] = [];
  /** Places from which it could not go on. */
  resets = 0;
  comments = 0;
  private last: string;
  private attempts = 0;
  private unparsed = '';

  constructor(private readonly options: EventStreamOptions) {
    super(options.port);
    this.last = options.since;
  }

  get id(): string | null {
    return this.options.id;
  }

  stopReading(): void {
    this.wire?.stopReading();
  }

  readOn(): void {
    this.wire?.readOn();
  }

  protected askNext(wire: Wire): void {
    const { id } = this.options;
    const path = id === null ? '/api/events' : api(id, '/events');
    this.unparsed = '';
    if (this.attempts++ % 2 === 0) wire.get(`${path}?since=${this.last}`);
    else wire.get(path, { 'Last-Event-ID': this.last });
  }

  /** Changes are ASCII here, so a chunk may end anywhere. */
  protected onData(bytes: Buffer): void {
    const at = performance.now();
    const blocks = (this.unparsed + bytes.toString('latin1')).split('\n\n');
    this.unparsed = blocks.pop() ?? '';
    for (const block of blocks) this.take(block, at);
  }

  protected onWhole(): void {
    // The stream of a worker that drains ends whole: there is nothing more in it.
  }

  private take(block: string, at: number): void {
    if (block.startsWith(':')) {
      this.comments++;
      return;
    }
    const { id, event, data } = fieldsOf(block);
    if (id !== undefined) this.last = id;
    if (event === 'reset') this.resets++;
    if (data === undefined || id === undefined || event === 'reset') return;
    const { taskspace, commit, refs } = JSON.parse(data) as {
      taskspace: string;
      commit: number;
      refs: string[];
    };
    this.seen.push({ number: commit, value: refs.join(), taskspace, id, at });
  }
}

function fieldsOf(block: string): { id?: string; event?: string; data?: string } {
  const fields: Record<string, string> = {};
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
  }
  return fields;
}
