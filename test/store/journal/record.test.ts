import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Commit } from '../../../src/domain/event.js';
import type { JsonObject } from '../../../src/domain/json.js';
import { decodeRecord, encodeRecord, FORMAT, unknownIn } from '../../../src/store/files/journal/record.js';

const hex = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((n) => n.toString(16).padStart(16, '0'));
/** Any JSON, with everything that strings may hold once lone surrogates are replaced. */
const json = fc
  .jsonValue({ stringUnit: 'binary', maxDepth: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)));

const commits: fc.Arbitrary<Commit> = fc.record({
  id: hex,
  number: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  time: fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date(8e15) })
    .map((date) => date.toISOString()),
  by: fc.string({ unit: 'binary' }),
  key: fc.option(fc.record({ key: fc.string(), body: fc.string() }), { nil: undefined }),
  events: fc.array(
    fc.record({
      type: fc.constant('message.posted' as const),
      message: fc.record({
        seq: fc.nat(),
        content: fc.string({ unit: 'binary' }),
        metadata: json as fc.Arbitrary<JsonObject>,
      }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

const places = fc.record({ at: fc.nat(), prev: fc.oneof(fc.constant(''), hex), safe: fc.nat() });

describe('a record', () => {
  it('comes back from its line as it was, whatever JSON it holds', () => {
    fc.assert(
      fc.property(places, commits, (place, commit) => {
        const line = encodeRecord({ ...place, commit });
        expect(line.indexOf(10)).toBe(line.length - 1);
        const record = decodeRecord(line.subarray(0, -1));
        expect(record).toEqual({
          ...place,
          commit: JSON.parse(JSON.stringify(commit)),
          ...(commit.number === 1 ? { format: FORMAT } : {}),
        });
      }),
    );
  });

  it('is one line of JSON that any tool reads, its CRC over what follows it', () => {
    fc.assert(
      fc.property(places, commits, (place, commit) => {
        const line = encodeRecord({ ...place, commit });
        const fields = JSON.parse(line.toString());
        expect(Object.keys(fields).slice(0, 5)).toEqual(['crc', 'at', 'id', 'prev', 'safe']);
        expect(fields.crc).toBe(crc32(line.subarray(18, -1)).toString(16).padStart(8, '0'));
      }),
    );
  });

  it('says where it stands, and is void with any bit flipped and in any part of itself', () => {
    fc.assert(
      fc.property(places, commits, fc.nat(), fc.nat({ max: 7 }), (place, commit, n, bit) => {
        const line = encodeRecord({ ...place, commit }).subarray(0, -1);
        expect(decodeRecord(line)?.at).toBe(place.at);
        expect(decodeRecord(line.subarray(0, n % line.length))).toBeNull();
        const flipped = Buffer.from(line);
        flipped.writeUInt8(flipped.readUInt8(n % line.length) ^ (1 << bit), n % line.length);
        expect(decodeRecord(flipped)).toBeNull();
      }),
    );
  });

  it('keeps numbers at the edge of what JSON carries', () => {
    for (const value of [
      0,
      -1,
      1e21,
      1.5e-300,
      2 ** 53,
      -(2 ** 53),
      1.7976931348623157e308,
      5e-324,
      0.1 + 0.2,
    ]) {
      const commit: Commit = {
        id: '0'.repeat(16),
        number: 2,
        time: '2026-01-01T00:00:00.000Z',
        by: 'ann',
        events: [{ type: 'message.posted', message: { seq: 1, metadata: { value } } }],
      };
      const record = decodeRecord(encodeRecord({ at: 0, prev: '', safe: 0, commit }).subarray(0, -1));
      expect(record?.commit.events).toEqual(commit.events);
    }
  });

  it('of an unknown event or a newer format says so', () => {
    const commit = {
      id: 'a',
      number: 1,
      time: '',
      by: '',
      events: [{ type: 'task.dreamt' }],
    } as unknown as Commit;
    expect(unknownIn({ at: 0, prev: '', safe: 0, commit })).toContain('task.dreamt');
    expect(
      unknownIn({ at: 0, prev: '', safe: 0, commit: { ...commit, events: [] }, format: FORMAT + 1 }),
    ).toContain('format');
    expect(
      unknownIn({ at: 0, prev: '', safe: 0, commit: { ...commit, events: [] }, format: FORMAT }),
    ).toBeNull();
  });
});
