import { describe, expect, it } from 'vitest';
import { parseInTurns } from '../../../src/store/files/journal/json-in-turns.js';

const PIECE_BYTES = 256 * 1024;

/** How often others had their turn while the text was parsed, and the value. */
async function turnsOf(text: string): Promise<{ turns: number; value: unknown }> {
  let turns = 0;
  let parsing = true;
  const others = (async () => {
    while (parsing) {
      await new Promise((resume) => setImmediate(resume));
      turns++;
    }
  })();
  const value = await parseInTurns(Buffer.from(text));
  parsing = false;
  await others;
  return { turns, value };
}

describe('the parse of a long text', () => {
  it.each<[string, object]>([
    ['a list of small items', Array.from({ length: 8_000 }, (_, n) => ({ n, text: 'x'.repeat(1_000) }))],
    ['a list of items near a piece', Array.from({ length: 40 }, (_, n) => `${n}${'x'.repeat(200_000)}`)],
    [
      'an object of small members',
      Object.fromEntries(Array.from({ length: 8_000 }, (_, n) => [`k${n}`, 'x'.repeat(1_000)])),
    ],
  ])('lets others have a turn after each piece of %s', async (_what, value) => {
    const text = JSON.stringify(value);
    const parsed = await turnsOf(text);
    expect(parsed.value).toEqual(value);
    expect(parsed.turns).toBeGreaterThanOrEqual(Math.floor(text.length / (2 * PIECE_BYTES)));
  });
});
