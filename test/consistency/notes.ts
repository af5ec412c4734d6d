/**
 * What the clients of one phase write down: every call with its place in a session, how long it took, and
 * what went wrong that may not go wrong.
 */
import type { Outcome } from '../kit/ledger.js';
import type { Step } from './verdict.js';
import { headerOf, type Reply, workerOf } from './wire.js';

/** Which answers are no failure in a phase. */
export interface Tolerance {
  /** Connections to workers that were killed break, and writes on them have an unknown outcome. */
  readonly broken: boolean;
  /** The catalog may be late. */
  readonly behind?: boolean;
  /** Old changes are not kept. */
  readonly gone?: boolean;
}

const SHOWN_MAX = 5;

export class Notes {
  readonly history: Step[] = [];
  /** Milliseconds that calls took. */
  readonly latencies: number[] = [];
  failures = 0;
  readonly failuresShown: string[] = [];
  broken = 0;
  reads = 0;
  private count = 0;
  private marks = 0;

  constructor(
    /** Begins every mark. */
    readonly name: string,
    private readonly tolerance: Tolerance,
  ) {}

  /** A value that nobody else writes. */
  mark(): string {
    return `${this.name}-${++this.marks}`;
  }

  /** Every answer comes by here once. */
  answered(what: string, reply: Reply): Reply {
    const { status, start, end, body } = reply;
    if (status === 0) {
      this.broken++;
      if (!this.tolerance.broken) this.fail(`${what}: the connection broke`);
      return reply;
    }
    this.latencies.push(end - start);
    if (this.tolerance.behind && status === 503 && body.includes('"catalog_behind"')) return reply;
    if (this.tolerance.gone && status === 410 && body.includes('"position_gone"')) return reply;
    if (status >= 300 && status !== 412) this.fail(`${what}: ${status} ${body.toString().slice(0, 300)}`);
    return reply;
  }

  fail(line: string): void {
    this.failures++;
    if (this.failuresShown.length < SHOWN_MAX) this.failuresShown.push(line);
  }

  read(session: number, resource: string, reply: Reply, revision: number, value: string | null): void {
    this.step(session, 'read', resource, reply, 'ok', revision, null, value);
  }

  /** @param revision of what was written; null unless it was answered well. */
  wrote(session: number, resource: string, reply: Reply, revision: number | null, value: string): void {
    const commit = headerOf(reply.head, 'X-Commit');
    const outcome = outcomeOf(reply);
    this.step(
      session,
      'write',
      resource,
      reply,
      outcome,
      revision,
      outcome === 'ok' && commit !== null ? Number(commit) : null,
      value,
    );
  }

  private step(
    session: number,
    kind: 'read' | 'write',
    resource: string,
    reply: Reply,
    outcome: Outcome,
    revision: number | null,
    commit: number | null,
    value: string | null,
  ): void {
    const { start, end } = reply;
    const nth = ++this.count;
    const worker = workerOf(reply);
    this.history.push({ resource, kind, start, end, outcome, revision, commit, value, worker, session, nth });
  }
}

function outcomeOf({ status, body }: Reply): Outcome {
  if (status === 0 || (status === 503 && body.includes('"outcome_unknown"'))) return 'unknown';
  return status < 300 ? 'ok' : 'failed';
}
