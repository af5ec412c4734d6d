/**
 * Workload C: the trace never changes, has the shares that it claims, and its bound is what a perfect cache
 * would do.
 */
import { describe, expect, it } from 'vitest';
import { boundOf, isWrite, rateOf } from '../../scripts/bench/trace/bound.js';
import {
  digestOf,
  makeTrace,
  PROJECTS,
  type Request,
  SHA256,
  WORKERS,
} from '../../scripts/bench/trace/trace.js';

const trace = makeTrace();

function request(kind: Request['kind'], project = 1, variant = 0, owner = 7): Request {
  return { kind, project, owner, variant, worker: 0 };
}

describe('the trace of workload C', () => {
  it('is the one whose digest is kept', () => {
    expect(digestOf(trace)).toBe(SHA256);
    const [first] = trace;
    if (!first) throw new Error('an empty trace');
    expect(digestOf([{ ...first, worker: (first.worker + 1) % WORKERS }, ...trace.slice(1)])).not.toBe(
      SHA256,
    );
  });

  it('asks and writes in the shares of the workload', () => {
    const share = (kinds: readonly string[], of: readonly Request[]) =>
      of.filter(({ kind }) => kinds.includes(kind)).length / of.length;
    const writes = trace.filter(({ kind }) => isWrite(kind));
    const reads = trace.filter(({ kind }) => !isWrite(kind));
    expect(writes.length / trace.length).toBeCloseTo(0.05, 2);
    for (const [kind, wanted] of [
      ['detail', 0.5],
      ['dashboard', 0.2],
      ['list', 0.2],
      ['search', 0.1],
    ] as const)
      expect(share([kind], reads), kind).toBeCloseTo(wanted, 1);
    for (const [kind, wanted] of [
      ['metadata', 0.1],
      ['plan', 0.3],
      ['message', 0.35],
      ['artifact', 0.25],
    ] as const)
      expect(Math.abs(share([kind], writes) - wanted), kind).toBeLessThan(0.03);
  });

  it('prefers some projects as Zipf says: the second half as often as the first', () => {
    const of = (project: number) => trace.filter((one) => one.project === project).length;
    expect(of(0) / of(1)).toBeGreaterThan(1.8);
    expect(of(0) / of(1)).toBeLessThan(2.2);
    expect(new Set(trace.map(({ project }) => project)).size).toBeGreaterThan(PROJECTS * 0.95);
  });
});

describe('the bound', () => {
  const hits = (...requests: Request[]) =>
    Object.fromEntries(Object.entries(boundOf(requests)).map(([kind, { hits: count }]) => [kind, count]));

  it('hits what was asked before by anybody, whichever worker asks', () => {
    expect(
      hits(request('list', 1, 2), { ...request('list', 5, 2), worker: 3 }, request('list', 1, 3)),
    ).toMatchObject({
      list: 1,
    });
    expect(hits(request('detail', 1), request('detail', 2), request('detail', 1))).toMatchObject({
      detail: 1,
    });
  });

  it('drops what the table of changes drops, and nothing else', () => {
    const asked = (['detail', 'dashboard', 'list', 'search'] as const).map((kind) => request(kind));
    const hitsAround = (kind: Request['kind'], owner = 7) =>
      hits(...asked, request(kind, 1, 0, owner), ...asked);
    expect(hitsAround('metadata')).toEqual({ detail: 0, dashboard: 0, list: 0, search: 0 });
    expect(hitsAround('plan')).toEqual({ detail: 0, dashboard: 0, list: 1, search: 0 });
    expect(hitsAround('message')).toEqual({ detail: 1, dashboard: 0, list: 1, search: 0 });
    expect(hitsAround('artifact')).toEqual({ detail: 1, dashboard: 0, list: 1, search: 0 });
    expect(hitsAround('metadata', 8)).toEqual({ detail: 0, dashboard: 1, list: 1, search: 1 });
  });

  it('is a share of the reads', () => {
    const bound = boundOf(trace);
    for (const count of Object.values(bound)) {
      expect(rateOf(count)).toBeGreaterThan(0.1);
      expect(rateOf(count)).toBeLessThan(1);
    }
  });
});
