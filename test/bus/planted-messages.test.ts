/** What somebody plants on the bus may wake this process; nothing in it is believed. */
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bus, BusListener } from '../../src/bus/bus.js';
import { Exchange } from '../../src/bus/exchange.js';
import { FeedWatch } from '../../src/bus/feed-watch.js';
import { NoneBus } from '../../src/bus/none-bus.js';
import { Feed } from '../../src/store/files/feed/feed.js';
import { nodeFiles } from '../../src/store/files/journal/files.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();
const HUGE = Number.MAX_SAFE_INTEGER;
const PUBLISHED = { type: 'told', id: 'x', segment: HUGE, offset: HUGE };

describe('planted messages', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  function listening() {
    const exchange = new Exchange(() => undefined);
    const bus: Bus = Object.assign(new NoneBus(), {
      subscribe: (listener: BusListener) => exchange.subscribe(listener),
    });
    const feed = new Feed(path.join(dataDir(), 'feed'), nodeFiles);
    feed.open();
    const trouble: unknown[] = [];
    let applied = 0;
    const watch = new FeedWatch(feed, bus, {
      paceMs: null,
      onApplied: () => applied++,
      onTrouble: (error) => trouble.push(error),
    });
    closing.push(() => watch.close());
    return { exchange, feed, trouble, applied: () => applied };
  }

  it.each([
    ['a publication that never was', [PUBLISHED]],
    ['a taskspace that never was', [{ ...PUBLISHED, id: '../../etc' }]],
    ['a drop of everything', [{ type: 'drop', pattern: '*' }]],
    ['another type', [{ type: 'eval', code: 'process.exit()' }]],
    ['no text', [{ type: 'told', id: { toString: 1 }, segment: -1, offset: 'x' }]],
  ])('%s moves nothing', (_, messages) => {
    const { exchange, feed, trouble, applied } = listening();
    feed.publish({ id: 'real', to: 1, head: 'h', owners: [], types: ['message.posted'] });
    const before = feed.position;
    for (const n of [1, HUGE, 0]) exchange.receive({ v: 1, from: 'stranger', n, at: HUGE, messages });
    expect(feed.position).toEqual(before);
    expect(feed.reached('x')).toBeUndefined();
    expect(feed.reached('real')?.to).toBe(1);
    expect([trouble, applied()]).toEqual([[], 0]);
  });

  it('of thousands of strangers are followed by no more than a bounded number of counts', () => {
    const { exchange, trouble } = listening();
    for (let n = 0; n < 5_000; n++)
      exchange.receive({ v: 1, from: `s${n}`, n: 1, at: 0, messages: [PUBLISHED] });
    for (const value of [null, [], 'x', { v: 2 }, { v: 1, from: 's', n: 1.5, at: 0, messages: [] }])
      exchange.receive(value);
    expect(exchange.stats('ok')).toMatchObject({ received: 5_000, malformed: 5 });
    expect(trouble).toEqual([]);
  });
});
