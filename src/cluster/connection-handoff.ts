/**
 * Connections that the primary has accepted and no worker has taken: none stays open for ever, and none keeps
 * its worker from getting the next one.
 *
 * Node keeps the primary's copy of a connection until a worker acknowledges it, and gives that worker no
 * other one until then. It keeps it for ever when the worker is killed first, when the last worker refuses it
 * because it is draining, and when the connection is lost on its way, as happens to one sent to a process
 * without a free descriptor (recvmsg(2), MSG_CTRUNC). This watches the handoff by Node's own messages
 * (lib/internal/cluster, lib/internal/child_process), offers lost connections to another worker, and closes
 * what none takes. If a later Node words them differently, nothing here applies and nothing else breaks.
 */
import type { Worker } from 'node:cluster';
import type { Log } from '../platform/log.js';

interface Closable {
  close(): void;
}

/**
 * A refused connection is offered to the next worker at once; if all are draining, it is
 * closed after this time.
 */
const OFFERED_MS = 100;
/** How many workers a connection is offered to when they have no descriptor for it. */
const OFFERS_MAX = 2;
/** After this time, and two heartbeats, a worker that has not answered an offer never got it. */
const ANSWER_MS = 1000;
const SIGNS_MIN = 2;
/** Offers in a row without an answer, despite heartbeats, before a worker is regarded as deaf. */
const UNANSWERED_MAX = 3;
const NOTICE_MS = 10_000;

/** The connection that one worker has been offered; one at a time. */
interface Offer {
  readonly seq: unknown;
  readonly handle: Closable;
  readonly atMs: number;
  signs: number;
}

interface Desk {
  readonly worker: Worker;
  offer: Offer | null;
  unanswered: number;
}

export class ConnectionHandoff {
  private readonly desks = new Map<Worker, Desk>();
  private readonly offers = new WeakMap<Closable, number>();
  private leaving = false;
  private noticedAtMs = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds of a monotonic clock. */
  constructor(
    private readonly log: Log,
    private readonly now: () => number,
  ) {}

  /** Must be called right after the fork. */
  watch(worker: Worker): void {
    const child = worker.process;
    const desk: Desk = { worker, offer: null, unanswered: 0 };
    this.desks.set(worker, desk);
    const send = child.send;
    child.send = (...args: unknown[]): boolean => {
      const [message, handle] = args;
      if (isRecord(message) && message.act === 'newconn' && isClosable(handle))
        desk.offer = { seq: message.seq, handle, atMs: this.now(), signs: 0 };
      return Reflect.apply(send, child, args);
    };
    child.on('message', () => {
      if (desk.offer !== null) desk.offer.signs++;
    });
    child.on('internalMessage', (message: unknown) => {
      if (!isRecord(message) || desk.offer === null) return;
      if (message.ack === desk.offer.seq) this.answered(desk, desk.offer, message.accepted === true);
      else if (message.cmd === 'NODE_HANDLE_NACK') this.notReceived(desk, desk.offer);
    });
    // Not 'disconnect': Node omits it while a handle is under way. By 'close', the process has exited and all
    // its messages have been read.
    child.once('close', () => {
      desk.offer?.handle.close();
      this.desks.delete(worker);
    });
  }

  /** Gives up offers that were lost; to be called about every second. */
  check(): void {
    for (const desk of this.desks.values()) {
      const { offer } = desk;
      if (offer === null || this.now() - offer.atMs < ANSWER_MS || offer.signs < SIGNS_MIN) continue;
      desk.unanswered++;
      this.notice(desk, 'A worker lives and does not answer: a new connection was given up');
      // If it did arrive, the worker has its own copy and serves it.
      this.settle(desk, offer, true);
    }
  }

  /** Whether a worker sends heartbeats and takes no connection. */
  isDeaf(worker: Worker): boolean {
    return (this.desks.get(worker)?.unanswered ?? 0) >= UNANSWERED_MAX;
  }

  /**
   * From now on every worker drains: a refused connection is closed, so that its client can try elsewhere.
   */
  stop(): void {
    this.leaving = true;
  }

  private answered(desk: Desk, { handle }: Offer, taken: boolean): void {
    desk.offer = null;
    desk.unanswered = 0;
    if (taken || !this.leaving) return;
    setTimeout(() => {
      if (![...this.desks.values()].some(({ offer }) => offer?.handle === handle)) handle.close();
    }, OFFERED_MS).unref();
  }

  /**
   * The worker has no free descriptor. Another one may have; waiting until one of both has takes too long.
   */
  private notReceived(desk: Desk, offer: Offer): void {
    // Node sends some kinds of handles again without help; not this one, in the known versions.
    if (Reflect.get(desk.worker.process, '_pendingMessage')) return;
    const offers = (this.offers.get(offer.handle) ?? 0) + 1;
    this.offers.set(offer.handle, offers);
    const given = offers >= OFFERS_MAX || this.leaving;
    if (given) this.notice(desk, 'A worker has no free descriptor: a new connection was closed');
    this.settle(desk, offer, given);
  }

  /** Answers in the worker's place: `closed` ends the connection, else Node offers it to the next one. */
  private settle(desk: Desk, { seq }: Offer, closed: boolean): void {
    desk.offer = null;
    desk.worker.process.emit(
      'internalMessage',
      { cmd: 'NODE_CLUSTER', ack: seq, accepted: closed },
      undefined,
    );
  }

  private notice({ worker }: Desk, text: string): void {
    if (this.now() - this.noticedAtMs < NOTICE_MS) return;
    this.noticedAtMs = this.now();
    this.log.warn({ workerPid: worker.process.pid }, text);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isClosable(value: unknown): value is Closable {
  return isRecord(value) && typeof value.close === 'function';
}
