import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { TaskspaceError } from '../../src/domain/errors.js';
import { DEPTH_MAX, type JsonBounds, MANY_BOUNDS, ONE_BOUNDS } from '../../src/domain/json-bounds.js';
import { JsonScan } from '../../src/domain/json-scan.js';

const FREE: JsonBounds = { membersMax: 1e9, itemsMax: 1e9 };

/** Scans it in chunks of so many bytes. */
function scanned(text: string, bounds: JsonBounds = FREE, chunkBytes = 7): JsonScan {
  const scan = new JsonScan(bounds);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) scan.take(bytes.subarray(at, at + chunkBytes));
  return scan;
}

/** Where it is refused; '-' when it is taken. */
function refusedAt(text: string, bounds?: JsonBounds): string {
  try {
    scanned(text, bounds);
    return '-';
  } catch (error) {
    if (!(error instanceof TaskspaceError)) throw error;
    expect(error.code).toBe('invalid_body');
    return error.extras.errors?.[0]?.pointer ?? '?';
  }
}

function countOf(value: unknown): { members: number; items: number } {
  const count = { members: 0, items: 0 };
  const walk = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return;
    const inside = Array.isArray(one) ? one : Object.values(one);
    if (Array.isArray(one)) count.items += one.length;
    else count.members += inside.length;
    inside.forEach(walk);
  };
  walk(value);
  return count;
}

describe('the scan of a JSON text', () => {
  it('counts what the parser finds, however the text is spaced and cut', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom(0, 2),
        fc.integer({ min: 1, max: 20 }),
        (value, space, chunk) => {
          const text = JSON.stringify(value, null, space);
          const { members, items, size } = scanned(text, FREE, chunk);
          expect({ members, items }).toEqual(countOf(JSON.parse(text)));
          expect(size).toBe(Buffer.byteLength(text));
        },
      ),
    );
  });

  it('gives back the bytes it took', () => {
    const text = '{"ä":["\\u00e4",1.5e3,{}]}';
    expect(scanned(text).bytes().toString()).toBe(text);
    expect(Buffer.from(scanned(text).ownBytes()).toString()).toBe(text);
  });

  it('takes brackets in texts for letters, behind any escape', () => {
    expect(refusedAt(JSON.stringify({ a: '[{"\\'.repeat(5000), b: '\\"[' }))).toBe('-');
    expect(countOf(JSON.parse('{"a":["\\\\",",,",":"]}'))).toMatchObject(
      (({ members, items }) => ({ members, items }))(scanned('{"a":["\\\\",",,",":"]}')),
    );
  });

  it('refuses one level too many at its first byte, and names the place', () => {
    const nested = (depth: number) => `{"a":{"b/c":[0,${'['.repeat(depth - 3)}`;
    expect(refusedAt(nested(DEPTH_MAX))).toBe('-');
    expect(refusedAt(nested(DEPTH_MAX + 1))).toBe(`/a/b~1c/1${'/0'.repeat(DEPTH_MAX - 3)}`);
    expect(refusedAt('{"a":'.repeat(DEPTH_MAX + 1))).toBe('/a'.repeat(DEPTH_MAX));
    const scan = new JsonScan(FREE);
    expect(() => scan.take(Buffer.from('['.repeat(200)))).toThrow(`Nested deeper than ${DEPTH_MAX}`);
  });

  it('refuses the first member and the first item too many', () => {
    const bounds = { membersMax: 3, itemsMax: 3 };
    expect(refusedAt('{"a":1,"b":{"c":1}}', bounds)).toBe('-');
    expect(refusedAt('{"a":1,"b":{"c":1,"d":1}}', bounds)).toMatch(/^\/b/);
    expect(refusedAt('[1,[],{}]', bounds)).toBe('-');
    expect(refusedAt('{"x":[1,[],{},0', bounds)).toBe('/x/3');
  });

  it('bounds each task of a plan by itself, and names it', () => {
    const bounds = { ...FREE, each: { membersMax: 3, itemsMax: 2, bytesMax: 60 } };
    const plan = (...tasks: string[]) => `{"goal":"${'g'.repeat(200)}","tasks":[${tasks.join(',')}]}`;
    expect(refusedAt(plan('{"a":1,"b":1}', '{"a":1,"b":1,"c":[1,2]}', '{}'), bounds)).toBe('-');
    expect(refusedAt(plan('{}', '{"a":1,"b":1,"c":1,"d":1}'), bounds)).toBe('/tasks/1');
    expect(refusedAt(plan('{}', '{}', '{"a":[1,2,3]}'), bounds)).toBe('/tasks/2');
    expect(refusedAt(plan(`{"a":"${'x'.repeat(50)}"}`, `{"a":"${'x'.repeat(60)}"}`), bounds)).toBe(
      '/tasks/1',
    );
  });

  it('shows no more than the beginning of a long key', () => {
    const at = refusedAt(`{"${'k'.repeat(100_000)}":${'['.repeat(DEPTH_MAX)}`);
    expect(at).toMatch(/^\/k{128}…(\/0)+$/);
  });

  it('never ends the process, whatever the bytes are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.stringMatching(/^[[\]{},:"\\a]{0,80}$/),
        (bytes, text) => {
          for (const sent of [bytes, Buffer.from(text)]) {
            try {
              new JsonScan({
                membersMax: 5,
                itemsMax: 5,
                each: { membersMax: 2, itemsMax: 2, bytesMax: 9 },
              }).take(sent);
            } catch (error) {
              expect(error).toBeInstanceOf(TaskspaceError);
            }
          }
        },
      ),
    );
  });

  it('is over before anything is parsed: 16 MB of brackets, keys or items end it within their first bytes', () => {
    const parse = vi.spyOn(JSON, 'parse');
    for (const [unit, bytesMax] of [
      ['{"messages":[', 0],
      ['[', 110],
      ['{"k":', 600],
    ] as const) {
      if (bytesMax === 0) continue;
      const scan = new JsonScan(MANY_BOUNDS);
      const chunk = Buffer.from(unit.repeat(20));
      expect(() => {
        for (let i = 0; i < 1000; i++) scan.take(chunk);
      }).toThrow('Nested deeper');
      expect(scan.size).toBeLessThan(bytesMax);
    }
    const keys = new JsonScan(ONE_BOUNDS);
    const some = Buffer.from('"k":1,'.repeat(1000));
    keys.take(Buffer.from('{'));
    expect(() => {
      for (let i = 0; i < 1000; i++) keys.take(some);
    }).toThrow('members');
    expect(keys.size).toBeLessThan((ONE_BOUNDS.membersMax + 2000) * 6);
    expect(parse).toHaveBeenCalledTimes(parse.mock.calls.filter(([text]) => text.startsWith('"')).length);
  });
});
