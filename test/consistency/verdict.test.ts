/** The judge is judged: what it must find, and what it must not. */
import { describe, expect, it } from 'vitest';
import type { FinalState } from '../kit/ledger.js';
import { type Step, type Verdict, verdictOf } from './verdict.js';

let nth = 0;

function step(kind: 'write' | 'read', start: number, revision: number, more: Partial<Step> = {}): Step {
  const resource = more.resource ?? 't/metadata';
  return {
    ...{ resource, kind, start, end: start + 5, outcome: 'ok', revision, worker: 1, session: ++nth, nth },
    commit: kind === 'write' ? revision : null,
    value: resource.endsWith('/commits') ? null : `v${revision}`,
    ...more,
  };
}

const FINAL: FinalState = {
  commits: new Map([['t', [1, 2, 3]]]),
  resources: new Map([['t/metadata', [1, 2, 3].map((revision) => ({ revision, value: `v${revision}` }))]]),
};
const WRITES = [step('write', 0, 1), step('write', 10, 2), step('write', 20, 3)];

function of(...reads: Step[]): Verdict {
  return verdictOf([...WRITES, ...reads], FINAL);
}

describe('the verdict', () => {
  it('is clean when every read shows what was acknowledged before it began', () => {
    expect(of(step('read', 16, 2), step('read', 21, 2), step('read', 22, 3), step('read', 40, 3))).toEqual({
      ...{ reads: 4, writes: 3, stale: 0, backwards: 0, sessions: 0, lost: 0, twins: 0 },
      ...{ worstMs: 0, p99Ms: 0, shown: [] },
    });
  });

  it('counts a stale read by what it missed first', () => {
    const { stale, worstMs, p99Ms } = of(step('read', 40, 1), step('read', 40, 3));
    expect({ stale, worstMs, p99Ms }).toEqual({ stale: 1, worstMs: 25, p99Ms: 25 });
  });

  it('finds a read that goes back behind another one, of a write that was never acknowledged too', () => {
    expect(of(step('read', 11, 3, { end: 12 }), step('read', 13, 2)).backwards).toBe(1);
    expect(of(step('read', 11, 3, { end: 14 }), step('read', 13, 2)).backwards).toBe(0);
  });

  it('holds each client to what it has seen and written', () => {
    const session = { session: 999 };
    expect(of(step('read', 22, 3, session), step('read', 23, 2, session)).sessions).toBe(1);
    const own = verdictOf([step('write', 0, 1, { end: 50, ...session }), step('read', 1, 0, session)], FINAL);
    expect(own.sessions).toBe(1);
  });

  it('holds a summary to the commits behind the resources that were seen before it', () => {
    const resource = 't/commits';
    expect(of(step('read', 21, 3, { end: 22 }), step('read', 23, 2, { resource })).backwards).toBe(1);
    expect(of(step('read', 40, 2, { resource })).stale).toBe(1);
  });

  it('counts what is lost, twice there, or not what was written', () => {
    expect(verdictOf([...WRITES, step('write', 30, 4)], FINAL).lost).toBe(1);
    const twin = step('write', 30, 3, { value: 'other', commit: null });
    expect(verdictOf([...WRITES, twin], FINAL).twins).toBe(1);
    expect(of(step('read', 40, 3, { value: 'v2' })).lost).toBe(1);
  });
});
