/**
 * The oracle outside the server: what clients did and saw, and what must follow from it.
 *
 * A history is every call with its start, its end and its outcome; the final state is what the journal holds
 * at the end, read by code that shares nothing with the server. `judge` names every place where the two
 * contradict what is promised. It never asks the server anything.
 */

/**
 * `unknown`: 503 `outcome_unknown` or a broken connection. It may or may not have happened, then or later.
 */
export type Outcome = 'ok' | 'failed' | 'unknown';

export interface Call {
  /** One versioned thing, such as `t1/messages`, `t1/tasks/a`, `t1/artifacts/x.txt`, `t1/metadata`. */
  readonly resource: string;
  readonly kind: 'write' | 'read';
  /** Milliseconds of one clock that only grows, shared by all clients. */
  readonly start: number;
  readonly end: number;
  readonly outcome: Outcome;
  /** Revision or seq that was written or seen; null when the call did not tell. 0: nothing was there. */
  readonly revision: number | null;
  /** `X-Commit` of a write. */
  readonly commit: number | null;
  /** What was written or seen. No two writes of a history write the same. */
  readonly value: string | null;
  readonly worker: number | null;
  /**
   * The write changed nothing, or was answered from its key: it stands for a write that is in the history
   * already.
   */
  readonly repeat?: boolean;
}

export interface FinalState {
  /** Numbers of the commits that count, in the order of the journal, for each taskspace. */
  readonly commits: ReadonlyMap<string, readonly number[]>;
  /**
   * Everything that was ever written to a resource, in the order of the journal; value null: not written by a
   * client.
   */
  readonly resources: ReadonlyMap<string, readonly Written[]>;
}

export interface Written {
  readonly revision: number;
  readonly value: string | null;
}

export type Rule = 'lost' | 'twin' | 'gap' | 'invented' | 'refused' | 'stale' | 'backwards' | 'untrue';

export interface Violation {
  readonly rule: Rule;
  readonly resource: string;
  readonly detail: string;
}

/** Everything that the history and the final state contradict; empty when all promises were kept. */
export function judge(history: readonly Call[], final: FinalState): Violation[] {
  const byResource = groupBy(history, ({ resource }) => resource);
  const violations: Violation[] = [];
  for (const [taskspace, commits] of final.commits) violations.push(...gaps(`${taskspace} commits`, commits));
  for (const [resource, written] of final.resources) {
    violations.push(
      ...gaps(
        resource,
        written.map(({ revision }) => revision),
      ),
    );
  }
  for (const [resource, calls] of byResource) {
    const written = final.resources.get(resource) ?? [];
    violations.push(...judgeWrites(resource, calls, written), ...judgeOrder(resource, calls, written));
  }
  violations.push(...judgeCommits(history));
  return violations;
}

/** Violations as lines, the first of them, for a message that a person reads. */
export function shown(violations: readonly Violation[], max = 20): string {
  const lines = violations
    .slice(0, max)
    .map(({ rule, resource, detail }) => `${rule}: ${resource}: ${detail}`);
  return [`${violations.length} violations`, ...lines].join('\n');
}

/** Numbers that must be 1, 2, 3 … */
function* gaps(resource: string, numbers: readonly number[]): Generator<Violation> {
  let expected = 1;
  for (const number of numbers) {
    if (number < expected) yield { rule: 'twin', resource, detail: `${number} is there again` };
    else if (number > expected)
      yield { rule: 'gap', resource, detail: `${expected} to ${number - 1} are missing` };
    expected = Math.max(expected, number + 1);
  }
}

/**
 * Acknowledged is there exactly once; what is there was acknowledged or unknown; what was refused is not
 * there.
 */
function* judgeWrites(
  resource: string,
  calls: readonly Call[],
  written: readonly Written[],
): Generator<Violation> {
  const places = groupBy(
    written.filter(({ value }) => value !== null),
    ({ value }) => value,
  );
  const at = new Map(written.map(({ revision, value }) => [revision, value]));
  const sent = new Map<string | null, Call>();
  const acknowledged = new Map<number, Call>();
  for (const call of calls) {
    const { value, revision, outcome } = call;
    if (call.kind === 'read') {
      const there = revision === null ? undefined : at.get(revision);
      if (outcome !== 'ok' || revision === null || revision === 0 || value === null) continue;
      if (there === undefined)
        yield { rule: 'lost', resource, detail: `${revision} (${value}) was read and is not there` };
      else if (there !== value)
        yield { rule: 'untrue', resource, detail: `${revision} was read as ${value} and is ${there}` };
      continue;
    }
    sent.set(value, call);
    const found = places.get(value) ?? [];
    if (found.length > 1)
      yield { rule: 'twin', resource, detail: `${value} is there ${found.length} times: ${list(found)}` };
    if (outcome === 'failed' && found.length > 0 && !call.repeat)
      yield { rule: 'refused', resource, detail: `${value} was refused and is there as ${list(found)}` };
    if (outcome !== 'ok' || revision === null) continue;
    if (!found.some((place) => place.revision === revision))
      yield { rule: 'lost', resource, detail: `${value} was acknowledged as ${revision}; ${list(found)}` };
    const twin = acknowledged.get(revision);
    if (twin && twin.value !== value)
      yield {
        rule: 'twin',
        resource,
        detail: `${revision} was given to ${twin.value} and to ${value}`,
      };
    acknowledged.set(revision, call);
  }
  for (const { revision, value } of written) {
    if (value !== null && !sent.has(value))
      yield { rule: 'invented', resource, detail: `${revision} (${value}) was written by nobody` };
  }
}

/**
 * For all a, b with end(a) < start(b): revision(a) ≤ revision(b), and < when b is a write. One sweep over the
 * starts, with the greatest revision among the calls that have ended by then. A write of unknown outcome that
 * is there has its place, but no end.
 */
function* judgeOrder(
  resource: string,
  calls: readonly Call[],
  written: readonly Written[],
): Generator<Violation> {
  const found = new Map(written.map(({ revision, value }) => [value, revision]));
  const first = new Map<string | null, number>();
  for (const { value, start } of calls) first.set(value, Math.min(start, first.get(value) ?? start));
  const placed = calls.flatMap((call) => {
    if (call.outcome === 'ok' && call.revision !== null)
      return [{ call, revision: call.revision, end: call.end }];
    // Sent again under its key, it may be the first attempt that is there.
    const mayBeIt = call.outcome === 'unknown' && call.start === first.get(call.value);
    const revision = mayBeIt ? found.get(call.value) : undefined;
    return revision === undefined ? [] : [{ call, revision, end: Number.POSITIVE_INFINITY }];
  });
  const ends = [...placed].sort((a, b) => a.end - b.end);
  let ended = 0;
  let newest: (typeof placed)[number] | null = null;
  for (const place of [...placed].sort((a, b) => a.call.start - b.call.start)) {
    for (let next = ends[ended]; next && next.end < place.call.start; next = ends[++ended]) {
      if (newest === null || next.revision > newest.revision) newest = next;
    }
    if (newest === null) continue;
    const { call, revision } = place;
    const changes = call.kind === 'write' && !call.repeat;
    if (changes ? revision > newest.revision : revision >= newest.revision) continue;
    if (call.repeat && call.kind === 'write') continue;
    const rule = newest.call.kind === 'read' && call.kind === 'read' ? 'backwards' : 'stale';
    yield {
      rule,
      resource,
      detail: `${call.kind} of ${revision} on worker ${call.worker} began ${(call.start - newest.end).toFixed(3)} ms after the ${newest.call.kind} of ${newest.revision} on worker ${newest.call.worker} had ended`,
    };
  }
}

/** The commits of acknowledged writes of one taskspace: no twin, and in the order of the calls. */
function judgeCommits(history: readonly Call[]): Violation[] {
  const writes = history.filter(
    ({ kind, outcome, commit, repeat }) =>
      kind === 'write' && outcome === 'ok' && commit !== null && repeat !== true,
  );
  const violations: Violation[] = [];
  for (const [taskspace, calls] of groupBy(writes, ({ resource }) => resource.split('/')[0] ?? '')) {
    const resource = `${taskspace} commits`;
    const asRevisions = calls.map((call) => ({ ...call, resource, revision: call.commit }));
    violations.push(...judgeOrder(resource, asRevisions, []));
    const byCommit = groupBy(calls, ({ commit }) => commit);
    for (const [commit, twins] of byCommit) {
      // A batch is one commit of several writes: its calls share their times as well.
      if (new Set(twins.map(({ start, end }) => `${start} ${end}`)).size > 1)
        violations.push({ rule: 'twin', resource, detail: `${commit} was given to ${twins.length} calls` });
    }
  }
  return violations;
}

function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function list(found: readonly Written[]): string {
  return found.length === 0 ? 'nowhere' : found.map(({ revision }) => revision).join(', ');
}
