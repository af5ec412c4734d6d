/**
 * Reports the trouble of single taskspaces, as requests meet it, to the process that keeps the catalog: each
 * taskspace at most once in a while, since a damaged one may be asked for any number of times.
 */
const AGAIN_MS = 5_000;
const KEPT_MAX = 1_000;

export class TroubleReports {
  /** When each was reported last, in ms of the steady clock; the oldest first. */
  private readonly reported = new Map<string, number>();

  constructor(
    private readonly report: (id: string) => void,
    private readonly steady: () => number = () => performance.now(),
  ) {}

  /** @param isOver the trouble has ended here: reported always, as is what is met after it. */
  met(id: string, isOver: boolean): void {
    const now = this.steady();
    const last = this.reported.get(id);
    if (!isOver && last !== undefined && now < last + AGAIN_MS) return;
    this.reported.delete(id);
    if (!isOver) this.reported.set(id, now);
    const [oldest] = this.reported.size > KEPT_MAX ? this.reported.keys() : [];
    if (oldest !== undefined) this.reported.delete(oldest);
    this.report(id);
  }
}
