import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonInTurns, longListOf } from '../../src/platform/json-pieces.js';

describe('JSON made in turns', () => {
  it('is the JSON that is made at once, however deep the lists stand and whatever they hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string(),
        fc.array(fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        async (before, name, items, after) => {
          const value = { ...before, [name]: items, ...after, [name]: items };
          for (const depth of [0, 1, 3])
            expect((await jsonInTurns(value, depth)).toString()).toBe(`${JSON.stringify(value)}\n`);
        },
      ),
    );
    const odd = { x: { items: [1] }, items: [undefined, { a: undefined }, '"items":['], z: '"items":[' };
    expect((await jsonInTurns(odd)).toString()).toBe(`${JSON.stringify(odd)}\n`);
  });

  it('is for long lists alone', () => {
    const message = (content: string) => ({ content, parts: [], metadata: {} });
    expect(longListOf({ items: Array(50).fill(message('short')), nextCursor: null })).toBeUndefined();
    expect(longListOf({ items: [message('x'.repeat(300_000))] })).toBe('items');
    expect(longListOf({ goal: '', tasks: Array(10_000).fill({ id: 't' }) })).toBe('tasks');
    expect(longListOf(undefined)).toBeUndefined();
  });

  it('leaves the loop to others in between', async () => {
    let turns = 0;
    let ended = false;
    const count = (): void => {
      turns++;
      if (!ended) setImmediate(count);
    };
    setImmediate(count);
    const items = Array.from({ length: 60 }, () => ({ text: 'ä"'.repeat(100_000) }));
    await jsonInTurns({ items });
    ended = true;
    expect(turns).toBeGreaterThan(1);
  });
});
