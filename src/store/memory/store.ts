/**
 * The store in the memory of one process: for tests, and to try the server out. Everything is lost with the
 * process. Several stores may share one memory, as several processes share a data folder.
 */
import { randomBytes } from 'node:crypto';
import { freemem } from 'node:os';
import { FairYield } from '../../platform/yield-fairly.js';
import { type Clocks, LapseClock } from '../lapse-clock.js';
import type { Mark, Marked, Store, Upkeep } from '../ports.js';
import { ChangeLog } from './change-log.js';
import { MemoryFeed } from './feed.js';
import { type Contents, MemoryTaskspace } from './taskspace.js';

const IDS_AT_ONCE = 500;

/** What stores share. */
export class Memory {
  readonly id = randomBytes(8).toString('hex');
  readonly secret = randomBytes(32);
  readonly log: ChangeLog;
  readonly taskspaces = new Map<string, Contents>();
  readonly clock: LapseClock;

  /** @param changesKept see ChangeLog. */
  constructor(clocks: Clocks = {}, changesKept?: number) {
    this.log = new ChangeLog(changesKept);
    this.clock = new LapseClock(clocks);
  }
}

export class MemoryStore implements Store {
  readonly id: string;
  readonly secret: Buffer;
  readonly clock: LapseClock;
  readonly feed: MemoryFeed;
  readonly startId: string;
  readonly isThere = true;

  constructor(private readonly memory: Memory) {
    const { id, secret, clock, log } = memory;
    this.id = id;
    this.secret = secret;
    this.clock = clock;
    this.feed = new MemoryFeed(log);
    this.startId = log.epoch;
  }

  begin(): void {
    this.feed.begin();
  }

  open(id: string): MemoryTaskspace {
    const { taskspaces, clock } = this.memory;
    return new MemoryTaskspace(id, { taskspaces, clock, feed: this.feed });
  }

  mark(id: string): Mark | null {
    return this.memory.taskspaces.get(id)?.state.head ?? null;
  }

  async *marks(): AsyncGenerator<Marked[]> {
    const turns = new FairYield();
    const ids = [...this.memory.taskspaces.keys()];
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      yield ids.slice(at, at + IDS_AT_ONCE).map((id) => ({ id, mark: this.mark(id) ?? '' }));
      await turns.next();
    }
  }

  async count(): Promise<number> {
    return this.memory.taskspaces.size;
  }

  async check(): Promise<void> {}

  async room(): Promise<number> {
    return freemem();
  }

  damageVersion(): string {
    return '';
  }

  hasDamage(): boolean {
    return false;
  }

  /** No taskspace has trouble of its own. */
  onTrouble(): () => void {
    return () => undefined;
  }

  keepUp(): Upkeep {
    return { isFeedComplete: true, processDied: () => undefined, close: async () => undefined };
  }

  async settle(): Promise<void> {}

  close(): void {}
}
