/**
 * The hub alone, over a journal that grows and is replaced while reads of it take their time: whatever the
 * order of moves, joins, wake-ups and leaves, each follower gets every commit once and in order.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EventHub, type EventSource, type FramePage } from '../../src/app/changes/event-hub.js';
import { type Chance, chanceFrom, seeded } from '../kit/seed.js';

const RUNS = 400;
/** The rarest of the mutants shows in one scene of fifty: not to meet it in so many has a chance of 10⁻¹⁹. */
const MUTANT_RUNS = 2_000;
const PAGE = 3;

interface Place {
  readonly n: number;
  readonly id: string | null;
}

interface Entry {
  readonly id: string;
  readonly taskspace: string;
}

/** Commits from 1; reads begin and end some turns after they are asked for. */
class FakeJournal implements EventSource<Place> {
  entries: readonly Entry[] = [];
  reads = 0;
  /** Of any kind, counted when they begin. */
  calls = 0;
  private made = 0;

  constructor(private readonly chance: Chance) {}

  append(): void {
    this.entries = [...this.entries, this.entry()];
  }

  /** Another journal stands there: the same up to somewhere, then its own, shorter or longer. */
  replace(): void {
    const kept = this.entries.slice(0, this.chance.below(this.entries.length + 1));
    this.entries = [...kept, ...Array.from({ length: 1 + this.chance.below(6) }, () => this.entry())];
  }

  async newest(): Promise<Place> {
    return this.slowly(() => this.placeAt(this.entries.length));
  }

  async page(after: Place, until: Place | null, sees: (id: string) => boolean): Promise<FramePage<Place>> {
    return this.slowly((): FramePage<Place> => {
      this.reads++;
      if (!this.has(after) || (until !== null && (!this.has(until) || until.n < after.n)))
        return { frames: [], end: after, next: 'gone' };
      const to = Math.min(after.n + PAGE, until?.n ?? this.entries.length);
      const found = this.entries.slice(after.n, to);
      const frames = found
        .map(({ id, taskspace }, i) => ({ taskspace, bytes: Buffer.from(`${after.n + 1 + i}#${id}\n`) }))
        .filter(({ taskspace }) => sees(taskspace));
      const end = to > after.n ? this.placeAt(to) : after;
      return { frames, end, next: to < (until?.n ?? this.entries.length) ? 'more' : 'none' };
    });
  }

  reset({ n }: Place): Buffer {
    return Buffer.from(`reset ${n}\n`);
  }

  placeAt(n: number): Place {
    return { n, id: this.entries[n - 1]?.id ?? null };
  }

  private has({ n, id }: Place): boolean {
    return n <= this.entries.length && (n === 0 || id === null || this.entries[n - 1]?.id === id);
  }

  private entry(): Entry {
    this.made++;
    return { id: `c${this.made}`, taskspace: this.chance.pick(['a', 'b']) };
  }

  private async slowly<T>(read: () => T): Promise<T> {
    this.calls++;
    for (let i = this.chance.below(3); i > 0; i--) await turn();
    const value = read();
    for (let i = this.chance.below(3); i > 0; i--) await turn();
    return value;
  }
}

class Client {
  text = '';
  failed: unknown = null;
  ended = false;
  readonly leaving = new AbortController();

  constructor(
    readonly from: Place,
    readonly seen: string | null,
    private readonly chance: Chance,
  ) {}

  follow(hub: EventHub<Place>): void {
    const sink = {
      write: (bytes: Buffer) => {
        if (this.leaving.signal.aborted) throw new Error('written to after it has left');
        this.text += bytes.toString();
      },
      drained: async () => {
        for (let i = this.chance.below(4); i > 0; i--) await turn();
      },
    };
    const sees = this.seen === null ? null : (taskspace: string) => taskspace === this.seen;
    hub.follow({ sink, signal: this.leaving.signal, sees }, this.from).then(
      () => {
        this.ended = true;
      },
      (error: unknown) => {
        this.failed = error;
      },
    );
  }

  /** What is wrong with what has come; null: it is all that had to come. */
  fault(entries: readonly Entry[]): string | null {
    const lines = this.text.split('\n').slice(0, -1);
    const reset = lines.findLastIndex((line) => line.startsWith('reset '));
    const start = reset < 0 ? this.from.n : Number(lines[reset]?.slice('reset '.length));
    const due = entries
      .map(({ id, taskspace }, i) => ({ n: i + 1, id, taskspace }))
      .filter(({ n, taskspace }) => n > start && (this.seen === null || taskspace === this.seen))
      .map(({ n, id }) => `${n}#${id}`);
    const came = lines.slice(reset + 1);
    return came.join() === due.join() ? null : `after ${start} came ${came.join()}, due were ${due.join()}`;
  }
}

type Mutate = (hub: EventHub<Place>, journal: FakeJournal) => void;

/** Plays one random scene to its end, and says what was wrong. */
async function play(chance: Chance, mutate: Mutate = () => undefined): Promise<string[]> {
  const journal = new FakeJournal(chance);
  const hub = new EventHub(journal);
  mutate(hub, journal);
  const clients: Client[] = [];
  const wakes: Promise<void>[] = [];
  const wakeLater = async (): Promise<void> => {
    for (let i = chance.below(4); i > 0; i--) await turn();
    hub.wake();
  };
  const mayReplace = chance.below(3) === 0;
  for (let step = 0; step < 40; step++) {
    const what = chance.below(10);
    if (what < 5) {
      for (let i = 1 + chance.below(4); i > 0; i--) journal.append();
      wakes.push(wakeLater());
    } else if (what < 8) {
      // The client may have seen what this process has not been woken for yet.
      const from = journal.placeAt(chance.below(journal.entries.length + 1));
      const client = new Client(from, chance.pick([null, null, 'a']), chance);
      clients.push(client);
      client.follow(hub);
    } else if (what === 8) clients[chance.below(clients.length + 1)]?.leaving.abort();
    else if (mayReplace) {
      journal.replace();
      wakes.push(wakeLater());
    }
    for (let i = chance.below(4); i > 0; i--) await turn();
  }
  await Promise.all(wakes);
  await quiet(journal);
  const faults: string[] = [];
  for (const client of clients) {
    if (client.leaving.signal.aborted) continue;
    const fault = client.failed === null ? client.fault(journal.entries) : String(client.failed);
    if (fault !== null) faults.push(fault);
    if (client.ended) faults.push('ended by itself');
    if (!mayReplace && client.text.includes('reset')) faults.push('reset without need');
    client.leaving.abort();
  }
  return faults;
}

/**
 * Until nothing has been asked of the journal for a while: every wait of hub and clients is a few turns long.
 */
async function quiet(journal: FakeJournal): Promise<void> {
  for (let still = 0, calls = -1; still < 50; still++) {
    if (journal.calls !== calls) still = 0;
    calls = journal.calls;
    await turn();
  }
}

/** Null: none in all of them. */
async function firstFaultIn(runs: number, mutate?: Mutate): Promise<string | null> {
  const { seed } = seeded(expect.getState().currentTestName);
  for (let run = 0; run < runs; run++) {
    const [fault] = await play(chanceFrom(seed, seed + run), mutate);
    if (fault !== undefined) return fault;
  }
  return null;
}

describe('a hub', () => {
  it('gives each follower every commit once and in order, however joins, moves and wake-ups follow each other', async () => {
    expect(await firstFaultIn(RUNS)).toBeNull();
  });

  it.each<[string, Mutate]>([
    ['joins and moves went on at the same time', withoutTurns],
    ['a follower was attached without reading up to the place of the hub', withoutLastRead],
    ['a hub that nobody woke did not look before it takes in a client', withoutLookAtJoin],
  ])('would be seen to fail if %s (mutant)', async (_name, mutate) => {
    expect(await firstFaultIn(MUTANT_RUNS, mutate)).not.toBeNull();
  });

  it.each<[string, Mutate, string]>([
    ['', () => undefined, '1#c1\n'],
    ['; it would be missed if a wake-up before the attachment were not kept (mutant)', withoutEarlyWakes, ''],
  ])('hears of what is published while it takes in its first client%s', async (_name, mutate, text) => {
    const chance = chanceFrom(3, 3);
    const journal = new FakeJournal(chance);
    const hub = new EventHub(journal);
    mutate(hub, journal);
    const page = journal.page.bind(journal);
    journal.page = async (after, until, sees) => {
      const read = await page(after, until, sees);
      if (until !== null && journal.entries.length === 0) {
        journal.append();
        hub.wake();
      }
      return read;
    };
    const client = new Client(journal.placeAt(0), null, chance);
    client.follow(hub);
    await quiet(journal);
    expect(client.text).toBe(text);
    client.leaving.abort();
  });

  it('reads each new commit once, however many follow', async () => {
    const chance = chanceFrom(1, 1);
    const journal = new FakeJournal(chance);
    const hub = new EventHub(journal);
    const clients = Array.from({ length: 50 }, () => new Client(journal.placeAt(0), null, chance));
    for (const client of clients) client.follow(hub);
    await quiet(journal);
    const before = journal.reads;
    journal.append();
    hub.wake();
    hub.wake();
    await quiet(journal);
    expect(journal.reads - before).toBe(1);
    for (const client of clients) expect(client.text).toBe('1#c1\n');
    for (const client of clients) client.leaving.abort();
  });

  it('fails all who are attached when its source does, and serves those who come back', async () => {
    const chance = chanceFrom(2, 2);
    const journal = new FakeJournal(chance);
    const hub = new EventHub(journal);
    const broken = new Client(journal.placeAt(0), null, chance);
    broken.follow(hub);
    await quiet(journal);
    const { page } = journal;
    journal.page = () => Promise.reject(new Error('the disk is away'));
    journal.append();
    hub.wake();
    await quiet(journal);
    expect([String(broken.failed), broken.text]).toEqual(['Error: the disk is away', '']);
    journal.page = page;
    const back = new Client(journal.placeAt(0), null, chance);
    back.follow(hub);
    await quiet(journal);
    expect(back.text).toBe('1#c1\n');
    back.leaving.abort();
  });
});

function withoutTurns(hub: EventHub<Place>): void {
  Object.assign(hub, { inFairTurn: (task: () => Promise<unknown>) => task() });
}

function withoutLastRead(_hub: EventHub<Place>, journal: FakeJournal): void {
  const page = journal.page.bind(journal);
  journal.page = (after, until, sees) =>
    until === null ? page(after, until, sees) : Promise.resolve({ frames: [], end: until, next: 'none' });
}

function withoutEarlyWakes(hub: EventHub<Place>): void {
  const wake = hub.wake.bind(hub);
  hub.wake = () => {
    const { attached } = hub as unknown as { attached: Map<unknown, unknown> };
    if (attached.size > 0) wake();
  };
}

function withoutLookAtJoin(hub: EventHub<Place>): void {
  const inner = hub as unknown as { place: Place | null; behind: boolean; move(): Promise<Place> };
  const move = inner.move.bind(hub);
  inner.move = async () => (inner.place !== null && !inner.behind ? inner.place : move());
}
