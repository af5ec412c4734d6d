import { afterEach, describe, expect, it } from 'vitest';
import { dashboardRows } from '../../src/catalog/queries/dashboard.js';
import { statsRows } from '../../src/catalog/queries/stats.js';
import { globMatches } from '../../src/domain/glob.js';
import { STATUSES } from '../../src/domain/taskspace.js';
import { seeded } from '../kit/seed.js';
import { type Modelled, OWNERS, RandomCatalog } from './random-catalog.js';

const IDS = Array.from({ length: 60 }, (_, i) => `t${i}`);
const SCOPES = [null, ...OWNERS, 'nobody'].flatMap((owner) =>
  [null, ['*'], ['t1?', '*5'], ['none']].map((globs) => ({ owner, globs })),
);

let catalog: RandomCatalog;
afterEach(() => catalog.close());

describe('dashboards and stats', () => {
  it('add up to what a naive model says, for every owner and for who sees a part', () => {
    catalog = new RandomCatalog(seeded('sums'));
    for (let round = 0; round < 15; round++) {
      for (let i = 0; i < 25; i++) catalog.step(IDS);
      for (const scope of SCOPES) {
        const seen = [...catalog.model.values()].filter(
          ({ id, owner }) =>
            (scope.owner === null || owner === scope.owner) &&
            (scope.globs === null || scope.globs.some((glob) => globMatches(glob, id))),
        );
        const { totals, newest, active, claims, escalations } = dashboardRows(catalog.db, scope);
        for (const status of STATUSES)
          expect(totals[status]).toBe(seen.filter((one) => one.status === status).length);
        expect(totals).toMatchObject({
          messages: sum(seen, ({ messages }) => messages),
          artifacts: sum(seen, ({ artifacts }) => artifacts.length),
          tasks: 2 * seen.length,
          halted: seen.filter(({ status }) => status === 'failed').length,
          journal_bytes: 10 * seen.length,
        });
        const newestIds = (JSON.parse(newest) as { id: string }[]).map(({ id }) => id);
        expect(newestIds).toEqual(ids(seen, 'createdAt').slice(0, 10));
        expect(active.map(({ taskspace }) => taskspace)).toEqual(ids(seen, 'activeAt').slice(0, 20));
        expect(claims.map(({ expires_at }) => expires_at)).toEqual(
          seen
            .map(({ activeAt }) => activeAt + 5)
            .sort((a, b) => a - b)
            .slice(0, 50),
        );
        expect(escalations).toHaveLength(seen.filter(({ status }) => status === 'failed').length);
      }
    }
  });

  it('count days alike, whether they are kept or added up', () => {
    catalog = new RandomCatalog(seeded('days'));
    for (let i = 0; i < 200; i++) catalog.step(IDS);
    for (const owner of [null, ...OWNERS]) {
      const days = { owner, from: '2026-01-02', to: '2026-01-04' };
      const kept = statsRows(catalog.db, { ...days, globs: null });
      // A row of zeros may have been left behind.
      const counted = kept.days.filter(({ taskspaces, revisions }) => taskspaces + revisions > 0);
      const added = statsRows(catalog.db, { ...days, globs: ['*'] });
      expect(added.days.filter(({ taskspaces, revisions }) => taskspaces + revisions > 0)).toEqual(counted);
      expect(added.totals).toEqual(withoutOwner(kept.totals));
      const seen = [...catalog.model.values()].filter((one) => owner === null || one.owner === owner);
      const day = counted.find((row) => row.day === '2026-01-02');
      expect(day?.revisions ?? 0).toBe(sum(seen, ({ artifacts }) => artifacts.length));
    }
  });
});

function sum(all: readonly Modelled[], of: (one: Modelled) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function ids(all: readonly Modelled[], key: 'createdAt' | 'activeAt'): string[] {
  return [...all].sort((a, b) => b[key] - a[key] || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
}

function withoutOwner(totals: object): object {
  return Object.fromEntries(Object.entries(totals).filter(([name]) => name !== 'owner'));
}
