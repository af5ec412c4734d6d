import { describe, expect, it } from 'vitest';
import { readinessOf } from '../../src/app/admin/readiness.js';
import type { TroubleReport } from '../../src/app/overview/catalog.js';
import { TaskspaceError } from '../../src/domain/errors.js';

const NO_TROUBLE: TroubleReport = {
  unreadable: { ids: [], count: 0 },
  poisoned: [],
  linked: [],
  rotten: [],
};
const ROOM = 1024 ** 3;

async function reasonsOf({ room = ROOM, state = 'ready', detail = '', troubles = NO_TROUBLE } = {}) {
  const store = { check: async () => undefined, room: async () => room };
  const report = async () => ({ state, detail }) as never;
  const readiness = await readinessOf(store, { report, troubles: async () => troubles });
  expect(readiness.ready).toBe(true);
  return readiness.reasons;
}

describe('a server that takes work', () => {
  it('has no reasons when nothing is wrong', async () => expect(await reasonsOf()).toEqual([]));

  it('says that its disk is full', async () =>
    expect(await reasonsOf({ room: 1000 })).toEqual([expect.stringMatching(/^disk full: /)]));

  it('says that there is no catalog, and why', async () =>
    expect(await reasonsOf({ state: 'unavailable', detail: 'no SQLite here' })).toEqual([
      'no catalog: no SQLite here',
    ]));

  it('names the first of the damaged taskspaces, and how many more there are', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `t${n}`);
    const [reason, more] = await reasonsOf({ troubles: { ...NO_TROUBLE, unreadable: { ids, count: 23 } } });
    expect(more).toBeUndefined();
    expect(reason).toMatch(/^damaged: t0, t1, .*t19 and 3 more: /);
  });

  it('names those with damaged artifacts', async () =>
    expect(await reasonsOf({ troubles: { ...NO_TROUBLE, rotten: ['a', 'b'] } })).toEqual([
      expect.stringMatching(/^damaged artifacts: a, b: .*`refused`/),
    ]));

  it('names those that take no more writes', async () =>
    expect(await reasonsOf({ troubles: { ...NO_TROUBLE, poisoned: ['a', 'b'] } })).toEqual([
      expect.stringMatching(/^read-only: a, b: /),
    ]));

  it('names those whose journal has a second name', async () =>
    expect(await reasonsOf({ troubles: { ...NO_TROUBLE, linked: ['a', 'b'] } })).toEqual([
      expect.stringMatching(/^read-only: a, b: .*hard link/),
    ]));
});

it('a server whose store is away takes no work and says why', async () => {
  const check = async (): Promise<void> => {
    throw new TaskspaceError('store_unavailable', 'The data folder is away.');
  };
  const readiness = await readinessOf(
    { check, room: async () => ROOM },
    { report: async () => ({ state: 'ready' }), troubles: async () => NO_TROUBLE },
  );
  expect(readiness).toEqual({ ready: false, reason: 'The data folder is away.', reasons: [] });
});
