import { describe, expect, it } from 'vitest';
import { type Call, type FinalState, judge, type Rule } from './ledger.js';
import { seeded } from './seed.js';

const RESOURCE = 't/messages';

function call(
  kind: 'write' | 'read',
  start: number,
  revision: number | null,
  more: Partial<Call> = {},
): Call {
  return {
    resource: RESOURCE,
    kind,
    start,
    end: start + 5,
    outcome: 'ok',
    revision,
    commit: kind === 'write' ? revision : null,
    value: revision === null || revision === 0 ? null : `v${revision}`,
    worker: 1,
    ...more,
  };
}

function finally_(...revisions: number[]): FinalState {
  return {
    commits: new Map([['t', revisions]]),
    resources: new Map([[RESOURCE, revisions.map((revision) => ({ revision, value: `v${revision}` }))]]),
  };
}

/** Two writes and a read, one after the other. */
const CLEAN = [call('write', 0, 1), call('write', 10, 2), call('read', 20, 2)];

function rules(history: Call[], final: FinalState): Rule[] {
  return [...new Set(judge(history, final).map(({ rule }) => rule))].sort();
}

describe('the ledger', () => {
  it('finds nothing in a history that keeps all promises', () => {
    expect(judge(CLEAN, finally_(1, 2))).toEqual([]);
  });

  it('lets calls that overlap see either side of a write', () => {
    const history = [
      call('write', 0, 1),
      call('write', 10, 2, { end: 40 }),
      call('read', 12, 1, { end: 30 }),
      call('read', 13, 2, { end: 20 }),
    ];
    expect(judge(history, finally_(1, 2))).toEqual([]);
  });

  it('lets an unknown write be there or not, also late', () => {
    const unknown = call('write', 10, null, { value: 'v2', outcome: 'unknown' });
    expect(judge([call('write', 0, 1), unknown], finally_(1))).toEqual([]);
    const late = [call('write', 0, 1), unknown, call('read', 30, 1), call('read', 50, 2)];
    expect(judge(late, finally_(1, 2))).toEqual([]);
  });

  it('takes what was sent again and again under its key for the first attempt', () => {
    const attempts = [2, 20, 30].map((start) =>
      call('write', start, null, { value: 'v2', outcome: 'unknown' }),
    );
    const others = [call('write', 0, 1), call('write', 10, 3), call('read', 16, 3)];
    expect(judge([...attempts, ...others], finally_(1, 2, 3))).toEqual([]);
  });

  it('takes the answer of a repeated write for the first one', () => {
    const repeat = call('write', 50, 1, { repeat: true });
    expect(judge([...CLEAN, repeat], finally_(1, 2))).toEqual([]);
  });

  it('takes the messages of one batch for one commit', () => {
    const batch = [call('write', 0, 1, { commit: 7 }), call('write', 0, 2, { commit: 7 })];
    expect(judge(batch, finally_(1, 2))).toEqual([]);
  });

  it.each<[string, Rule[], Call[], FinalState]>([
    ['a lost write', ['lost'], [call('write', 0, 1), call('write', 10, 2)], finally_(1)],
    [
      'a read of what is not there any more',
      ['lost'],
      [call('write', 0, 1), call('read', 10, 2)],
      finally_(1),
    ],
    [
      'a write that is there twice',
      ['twin'],
      [call('write', 0, 1)],
      {
        commits: new Map(),
        resources: new Map([[RESOURCE, [1, 2].map((revision) => ({ revision, value: 'v1' }))]]),
      },
    ],
    ['a revision that is there twice', ['twin'], [], finally_(1, 2, 2)],
    [
      'a revision that was given to two writes',
      ['lost', 'twin'],
      [call('write', 0, 1), call('write', 1, 1, { value: 'other', commit: 2 })],
      finally_(1),
    ],
    [
      'a commit that was given to two writes',
      ['twin'],
      [call('write', 0, 1), call('write', 1, 2, { commit: 1 })],
      finally_(1, 2),
    ],
    ['a gap', ['gap'], [call('write', 0, 1), call('write', 10, 3)], finally_(1, 3)],
    ['a write by nobody', ['invented'], [call('write', 0, 1)], finally_(1, 2)],
    [
      'a refused write that is there',
      ['refused'],
      [call('write', 0, 1), call('write', 10, null, { value: 'v2', outcome: 'failed' })],
      finally_(1, 2),
    ],
    ['a stale read', ['stale'], [...CLEAN, call('read', 30, 1)], finally_(1, 2)],
    ['a read of nothing after a write', ['stale'], [call('write', 0, 1), call('read', 10, 0)], finally_(1)],
    [
      'a backwards read of a write that was never acknowledged',
      ['backwards'],
      [
        call('write', 0, 1),
        call('write', 1, null, { value: 'v2', outcome: 'unknown' }),
        call('read', 10, 2),
        call('read', 20, 1),
      ],
      finally_(1, 2),
    ],
    [
      'a write decided on an old state',
      ['stale'],
      [call('write', 0, 2), call('write', 10, 1)],
      finally_(1, 2),
    ],
    [
      'an unknown write in a place before its beginning',
      ['stale'],
      [call('write', 0, 2), call('write', 10, null, { value: 'v1', outcome: 'unknown' })],
      finally_(1, 2),
    ],
    [
      'a read of what nobody wrote there',
      ['untrue'],
      [...CLEAN, call('read', 30, 2, { value: 'v1' })],
      finally_(1, 2),
    ],
    [
      'commits that go back from one resource to another',
      ['stale'],
      [call('write', 0, 1, { commit: 2 }), call('write', 10, 1, { commit: 1, resource: 't/metadata' })],
      {
        commits: new Map([['t', [1, 2]]]),
        resources: new Map([RESOURCE, 't/metadata'].map((name) => [name, [{ revision: 1, value: 'v1' }]])),
      },
    ],
  ])('names %s', (_what, expected, history, final) => {
    expect(rules(history, final)).toEqual(expected);
  });

  it('agrees with the comparison of every pair', () => {
    const random = seeded();
    for (let run = 0; run < 300; run++) {
      const history = Array.from({ length: 12 }, () => {
        const start = random.below(40);
        const kind = random.below(3) === 0 ? 'write' : 'read';
        return call(kind, start, 1 + random.below(4), { end: start + 1 + random.below(15), commit: null });
      });
      const pairs = history.filter((b) =>
        history.some(
          (a) =>
            a.end < b.start &&
            (b.kind === 'write'
              ? (a.revision ?? 0) >= (b.revision ?? 0)
              : (a.revision ?? 0) > (b.revision ?? 0)),
        ),
      );
      const found = judge(history, { commits: new Map(), resources: new Map() }).filter(({ rule }) =>
        ['stale', 'backwards'].includes(rule),
      );
      expect(found).toHaveLength(pairs.length);
    }
  });
});
