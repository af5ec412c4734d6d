/**
 * What readers and streams have in common: they stay on one connection, come back on a new one when it ends,
 * and count how it ended. `askNext` says where to go on; it is asked again after every end until the follower
 * is closed.
 */
import { type Head, Wire } from './wire.js';

/** Soon, but not at once: while a worker is being replaced there may be nobody to come back to. */
const PAUSE_MS = 10;

/** How often what happened. */
export interface Ends {
  /** The connection ended in the middle of an answer, or before it. */
  broken: number;
  /** An answer other than 200, by its status. */
  refused: Map<number, number>;
  /** Came back on a new connection. */
  resumed: number;
}

export abstract class Follower {
  readonly ends: Ends = { broken: 0, refused: new Map(), resumed: 0 };
  worker = 0;
  protected wire: Wire | null = null;
  private closed = false;

  constructor(private readonly port: number) {}

  open(): void {
    if (this.closed) return;
    const wire = new Wire(this.port, {
      onHead: (head) => this.onHead(head),
      onData: (bytes) => this.onData(bytes),
      onEnd: (head) => this.onEnd(wire, head),
      onClose: (asked) => this.onClose(wire, asked),
    });
    this.wire = wire;
    this.askNext(wire);
  }

  /** Ends the connection as a network does, and comes back. */
  cut(): void {
    const { wire } = this;
    this.wire = null;
    wire?.close();
    this.comeBack();
  }

  close(): void {
    this.closed = true;
    this.wire?.close();
    this.wire = null;
  }

  protected abstract askNext(wire: Wire): void;
  protected abstract onData(bytes: Buffer): void;
  /** A whole answer of status 200. */
  protected abstract onWhole(): void;

  protected onHead({ worker, status }: Head): void {
    this.worker = worker;
    if (status !== 200) this.ends.refused.set(status, (this.ends.refused.get(status) ?? 0) + 1);
  }

  private onEnd(wire: Wire, { status, last }: Head): void {
    if (wire !== this.wire) return;
    if (status === 200) this.onWhole();
    if (wire !== this.wire) return;
    if (status === 200 && !last) {
      this.askNext(wire);
      return;
    }
    this.wire = null;
    wire.close();
    this.comeBack();
  }

  private onClose(wire: Wire, asked: boolean): void {
    if (wire !== this.wire) return;
    this.wire = null;
    if (asked) this.ends.broken++;
    this.comeBack();
  }

  private comeBack(): void {
    if (this.closed) return;
    this.ends.resumed++;
    setTimeout(() => this.open(), PAUSE_MS);
  }
}
