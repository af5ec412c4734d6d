/**
 * Many readers and streams over a cluster, and the writers whose messages they wait for. Everything that is
 * posted and everything that arrives is kept, with its time by the one clock of this process.
 */

import type { Cluster } from '../../kit/cluster.js';
import type { Connection } from '../../kit/http-connection.js';
import { demand, Recorder } from '../../kit/recorder.js';
import type { Chance } from '../../kit/seed.js';
import { EventStream } from './event-stream.js';
import type { Ends, Follower } from './follower.js';
import { MessageReader } from './message-reader.js';

export interface CrowdForm {
  readonly taskspaces: number;
  readonly readersEach: number;
  /** Spread over the taskspaces. */
  readonly taskspaceStreams: number;
  readonly serverStreams: number;
  readonly messagesEach: number;
  /** Posts that are due in a second, over all writers. */
  readonly perSecond: number;
  /** Of the readers; see MessageReader. */
  readonly offBy?: number;
}

const WRITERS = 16;
const WAIT_SECONDS = 30;
const PAUSE_AFTER_TROUBLE_MS = 10;
/** Shorter than a wait, whose end would bring what is missing. */
const SILENCE_MS = 10_000;
const LOOK_MS = 50;

export class Crowd {
  readonly recorder = new Recorder();
  readonly readers: MessageReader[] = [];
  readonly streams: EventStream[] = [];
  readonly ids: readonly string[];

  private constructor(
    private readonly cluster: Cluster,
    readonly form: CrowdForm,
    private readonly chance: Chance,
  ) {
    this.ids = Array.from({ length: form.taskspaces }, (_, n) => `t${n}`);
  }

  /** Makes the taskspaces, and opens all readers and streams; resolves when the streams are there. */
  static async open(cluster: Cluster, form: CrowdForm, chance: Chance): Promise<Crowd> {
    const crowd = new Crowd(cluster, form, chance);
    const connection = await cluster.connect();
    for (const id of crowd.ids) demand(await crowd.recorder.create(connection, id), 201);
    const now = demand(await connection.ask('GET', '/api/changes?since=now'), 200).json.position as string;
    connection.close();
    crowd.follow(now);
    for (const follower of crowd.followers) follower.open();
    await until(() => crowd.streams.every(({ worker }) => worker > 0));
    return crowd;
  }

  get followers(): Follower[] {
    return [...this.readers, ...this.streams];
  }

  /**
   * Posts everything at its pace; a post whose fate is unknown is sent again under its key until it is
   * acknowledged.
   */
  async post(): Promise<void> {
    const due = this.shuffled();
    const connections = await Promise.all(Array.from({ length: WRITERS }, () => this.cluster.connect()));
    const began = performance.now();
    let next = 0;
    const write = async (connection: Connection): Promise<void> => {
      for (let n = next++; n < due.length; n = next++) {
        await pause(began + (n * 1000) / this.form.perSecond - performance.now());
        const value = this.recorder.mark();
        const id = due[n] as string;
        while ((await this.recorder.post(connection, id, `key-${value}`, value)).status !== 201)
          await pause(PAUSE_AFTER_TROUBLE_MS);
      }
    };
    await Promise.all(connections.map(write));
    for (const connection of connections) connection.close();
  }

  /**
   * Resolves when everybody has as much as there is, or when nothing has come for so long that nothing will.
   */
  async settle(silenceMs = SILENCE_MS): Promise<void> {
    let count = -1;
    let grewAt = 0;
    await until(() => {
      const now = this.delivered();
      if (now !== count) grewAt = performance.now();
      count = now;
      return this.isComplete() || performance.now() - grewAt > silenceMs;
    });
  }

  close(): void {
    for (const follower of this.followers) follower.close();
  }

  delivered(): number {
    return [...this.readers, ...this.streams].reduce((sum, { seen }) => sum + seen.length, 0);
  }

  /** How the connections ended, over all of them. */
  ends(): { broken: number; refused: Record<number, number>; resumed: number } {
    const all: Ends[] = this.followers.map(({ ends }) => ends);
    const refused: Record<number, number> = {};
    for (const ends of all)
      for (const [status, count] of ends.refused) refused[status] = (refused[status] ?? 0) + count;
    return {
      broken: all.reduce((sum, { broken }) => sum + broken, 0),
      refused,
      resumed: all.reduce((sum, { resumed }) => sum + resumed, 0),
    };
  }

  private follow(position: string): void {
    const { port } = this.cluster;
    const { readersEach, taskspaceStreams, serverStreams, offBy = 0 } = this.form;
    for (const id of this.ids) {
      for (let n = 0; n < readersEach; n++)
        this.readers.push(new MessageReader({ port, id, waitSeconds: WAIT_SECONDS, offBy }));
    }
    for (let n = 0; n < taskspaceStreams; n++)
      this.streams.push(new EventStream({ port, id: this.ids[n % this.ids.length] as string, since: '1' }));
    for (let n = 0; n < serverStreams; n++)
      this.streams.push(new EventStream({ port, id: null, since: position }));
  }

  private isComplete(): boolean {
    const { messagesEach, taskspaces } = this.form;
    return (
      this.readers.every(({ seen }) => seen.length >= messagesEach) &&
      this.streams.every(({ id, seen }) => seen.length >= messagesEach * (id === null ? taskspaces : 1))
    );
  }

  /** A taskspace for each message. Fisher and Yates. */
  private shuffled(): string[] {
    const due = this.ids.flatMap((id) => Array.from({ length: this.form.messagesEach }, () => id));
    for (let n = due.length - 1; n > 0; n--) {
      const other = this.chance.below(n + 1);
      [due[n], due[other]] = [due[other] as string, due[n] as string];
    }
    return due;
  }
}

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(LOOK_MS);
}

function pause(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, Math.max(0, ms)));
}
