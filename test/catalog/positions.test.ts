/** What dashboards and stats name as their position is a place in the present feed, whatever became of it. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createTaskspace, patchTaskspace } from '../../src/domain/command.js';
import { type Position, parsePosition } from '../../src/store/position.js';
import { KeptCatalog } from './kept-catalog.js';

let kept: KeptCatalog;

afterEach(() => kept.remove());

/** The position that the catalog names. */
async function position(): Promise<Position> {
  const place = kept.store.feed.poll();
  const [dashboard, stats, progress] = [
    await kept.reader.query('dashboard', { owner: null, globs: null }, place, 'rows'),
    await kept.reader.query(
      'stats',
      { owner: null, globs: null, from: '2026-01-01', to: '2026-01-02' },
      place,
      'rows',
    ),
    await kept.reader.query('progress', null, place, 'rows'),
  ];
  expect(stats.position).toBe(dashboard.position);
  expect(progress.position).toBe(dashboard.position);
  const found = parsePosition(dashboard.position);
  if (found === null) throw new Error(`"${dashboard.position}" is no position`);
  return found;
}

/** Throws `position_gone`. */
async function changesSince(since: Position): Promise<string[]> {
  kept.store.feed.poll();
  return (await kept.store.feed.after(since, 10)).map(({ id, to }) => `${id} ${to}`);
}

const feed = (): string => path.join(kept.dir, 'feed');
const aside = (): string => path.join(kept.dir, 'aside');

/** What somebody does to the feed of a stopped server. Beside it are the segments of a former time. */
const BREAKS: readonly (readonly [string, () => void])[] = [
  ['is left alone', () => undefined],
  ['is removed', () => fs.rmSync(feed(), { recursive: true })],
  [
    'is replaced by an older one',
    () => {
      fs.rmSync(feed(), { recursive: true });
      fs.cpSync(aside(), feed(), { recursive: true });
    },
  ],
  ['gets older segments over its own', () => fs.cpSync(aside(), feed(), { recursive: true })],
  [
    'is removed, and an older one put back over the new one',
    () => {
      fs.rmSync(feed(), { recursive: true });
      kept.start();
    },
  ],
];

describe.each(BREAKS)('when the feed %s', (what, change) => {
  it.each(['clean', 'killed'] as const)('after a %s stop', async (how) => {
    kept = new KeptCatalog().start();
    await kept.write('t', createTaskspace({}), patchTaskspace({ name: 'a' }, {}));
    await kept.caughtUp();
    await kept.stop('clean');
    fs.cpSync(feed(), aside(), { recursive: true });
    for (const name of ['b', 'c']) {
      kept.start();
      await kept.write('t', patchTaskspace({ name }, {}));
      await kept.caughtUp();
      expect(await changesSince(await position())).toEqual([]);
      await kept.stop(how);
    }
    change();
    if (what.includes('over the new one')) {
      await kept.write('t', patchTaskspace({ name: 'between' }, {}));
      await kept.caughtUp();
      await kept.stop(how);
      fs.cpSync(aside(), feed(), { recursive: true });
    }

    kept.start();
    await kept.caughtUp();
    expect(await changesSince(await position())).toEqual([]);
    await kept.write('t', patchTaskspace({ name: 'd' }, {}));
    await kept.caughtUp();
    expect(await changesSince(await position())).toEqual([]);
    const before = await position();
    await kept.write('u', createTaskspace({}));
    expect(await changesSince(before)).toEqual(['u 1']);
  });
});
