/**
 * One source of events and all its followers in this process: each new commit is read once, encoded
 * once and sent to all.
 *
 * Attached followers are exactly at the hub's place and move with it. Any other follower catches up
 * separately, at the pace of its client, and joins between two moves: while the hub does not move, it
 * reads up to the hub's place and is attached. So nothing is left out or sent twice, in whatever order
 * moves and joins happen.
 */

/** The connection to one following client. */
export interface EventSink {
  /** Sends bytes to the client. One that lags too far is disconnected: the signal fires. */
  write(bytes: Buffer): void;
  /** Resolves when the client has received what was written, or when the signal has fired. */
  drained(): Promise<void>;
}

export interface Frame {
  readonly taskspace: string;
  readonly bytes: Buffer;
}

/** What lies after a place, in order. */
export interface FramePage<P> {
  readonly frames: readonly Frame[];
  /** Everything up to here has been read. */
  readonly end: P;
  readonly next:
    | 'more'
    /** Nothing more as of now, or the end of the requested range. */
    | 'none'
    /** The last frame is the final one: the taskspace is deleted. */
    | 'over'
    /** What follows the requested place is not retained, or never existed. There are no frames. */
    | 'gone';
}

export interface EventSource<P> {
  /** The place after everything acknowledged or ever read. */
  newest(): Promise<P>;
  /**
   * A bounded page after `after` and up to `until`. With `until` the source does not check
   * for anything newer.
   */
  page(after: P, until: P | null, sees: (taskspace: string) => boolean): Promise<FramePage<P>>;
  /** The frame for a client that could not be brought to this place without a gap. */
  reset(place: P): Buffer;
}

export interface Follower {
  readonly sink: EventSink;
  /** Fires when the client has left, or is to be disconnected. */
  readonly signal: AbortSignal;
  /** Null: everything. */
  readonly sees: ((taskspace: string) => boolean) | null;
}

interface Attached {
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
}

export class EventHub<P> {
  /** Streams that need this hub, attached or not. */
  users = 0;
  private place: P | null = null;
  private behind = false;
  private waking: NodeJS.Immediate | null = null;
  /** The last of the moves and joins, which run one after another. */
  private turn: Promise<unknown> = Promise.resolve();
  private readonly attached = new Map<Follower, Attached>();

  constructor(private readonly source: EventSource<P>) {}

  /** Something may be new. A wake-up is only a hint: a move checks the source. */
  wake(): void {
    this.behind = true;
    if (this.attached.size === 0) return;
    // After the writer that published has continued, and once for all changes of this turn.
    this.waking ??= setImmediate(() => {
      this.waking = null;
      // Attached followers have been given the error; without any, the next join meets it again.
      this.inFairTurn(() => this.move()).catch(() => undefined);
    });
  }

  /**
   * Sends everything after `from`, in order, until the source ends or the follower's signal fires. Errors:
   * those of the source; the follower has then been sent what came before.
   */
  async follow(follower: Follower, from: P): Promise<void> {
    for (let place: P | null = from; place !== null && !follower.signal.aborted; ) {
      const joining: P = place;
      const joined = await this.inFairTurn(() => this.join(follower, joining));
      if (joined === null) return;
      if ('ended' in joined) return joined.ended;
      place = await this.catchUp(follower, joined.from);
    }
  }

  /** Null: the stream is over. `from`: more than one page is missing. */
  private async join(
    follower: Follower,
    from: P,
  ): Promise<{ readonly ended: Promise<void> } | { readonly from: P } | null> {
    // Also without a wake-up: the client may have seen more through another worker.
    const place = await this.move();
    const page = await this.source.page(from, place, seesOf(follower));
    if (follower.signal.aborted) return null;
    send(follower, page.frames);
    if (page.next === 'over') return null;
    if (page.next === 'more') return { from: page.end };
    if (page.next === 'gone') follower.sink.write(this.source.reset(place));
    return { ended: this.attach(follower) };
  }

  /**
   * Reads until there is no more, without the hub; returns the place reached, or null when
   * the stream is over.
   */
  private async catchUp(follower: Follower, from: P): Promise<P | null> {
    for (let place = from; ; ) {
      await follower.sink.drained();
      if (follower.signal.aborted) return null;
      const page = await this.source.page(place, null, seesOf(follower));
      if (follower.signal.aborted) return null;
      // The join finds the same, and sends the place where the stream continues.
      if (page.next === 'gone') return place;
      send(follower, page.frames);
      if (page.next === 'over') return null;
      place = page.end;
      if (page.next === 'none') return place;
    }
  }

  /** Brings the hub, and with it all attached followers, up to the present. */
  private async move(): Promise<P> {
    try {
      this.behind = false;
      while (this.place !== null && this.attached.size > 0) {
        const page = await this.source.page(this.place, null, (id) => this.isSeen(id));
        this.passOn(page);
        this.place = page.next === 'gone' ? await this.resetAll() : page.end;
        if (page.next === 'over') this.endAll();
        else if (page.next !== 'more') return this.place;
        // What was written is sent before more is written.
        await new Promise((resume) => setImmediate(resume));
      }
      this.place = await this.source.newest();
      return this.place;
    } catch (error) {
      this.behind = true;
      for (const { fail } of this.attached.values()) fail(error);
      throw error;
    }
  }

  private isSeen(taskspace: string): boolean {
    for (const { sees } of this.attached.keys()) if (sees === null || sees(taskspace)) return true;
    return false;
  }

  private passOn({ frames }: FramePage<P>): void {
    if (frames.length === 0) return;
    const all = Buffer.concat(frames.map(({ bytes }) => bytes));
    for (const follower of this.attached.keys()) {
      if (follower.sees === null) follower.sink.write(all);
      else
        send(
          follower,
          frames.filter(({ taskspace }) => follower.sees?.(taskspace)),
        );
    }
  }

  private async resetAll(): Promise<P> {
    const place = await this.source.newest();
    const bytes = this.source.reset(place);
    for (const { sink } of this.attached.keys()) sink.write(bytes);
    return place;
  }

  private endAll(): void {
    for (const { end } of this.attached.values()) end();
  }

  private attach(follower: Follower): Promise<void> {
    const { signal } = follower;
    const ended = new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener('abort', end);
        this.attached.delete(follower);
      };
      const end = (): void => {
        leave();
        resolve();
      };
      const fail = (error: unknown): void => {
        leave();
        reject(error);
      };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', end);
      this.attached.set(follower, { end, fail });
    });
    if (this.behind) this.wake();
    return ended;
  }

  private inFairTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = this.turn.then(task);
    this.turn = run.catch(() => undefined);
    return run;
  }
}

function seesOf({ sees }: Follower): (taskspace: string) => boolean {
  return sees ?? (() => true);
}

function send({ sink }: Follower, frames: readonly Frame[]): void {
  if (frames.length > 0) sink.write(Buffer.concat(frames.map(({ bytes }) => bytes)));
}
