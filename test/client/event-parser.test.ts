import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventParser, type ServerSentEvent } from '../../src/client/event-parser.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function parseIn(chunks: readonly Uint8Array[]): { events: ServerSentEvent[]; retryMs: number | null } {
  const parser = new EventParser();
  const events = chunks.flatMap((chunk) => parser.push(chunk));
  return { events, retryMs: parser.retryMs };
}

const parse = (text: string): ServerSentEvent[] => parseIn([bytesOf(text)]).events;

/** The same rules over the whole text at once, line by line. */
function plainly(text: string): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  lines.pop();
  let fields: { event?: string; data?: string } = {};
  let id = '';
  for (const line of lines) {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? [];
    if (line === '') {
      if (fields.data !== undefined) events.push({ event: fields.event || 'message', data: fields.data, id });
      fields = {};
    } else if (name === 'data') {
      fields.data = fields.data === undefined ? value : `${fields.data}\n${value}`;
    } else if (name === 'event') {
      fields.event = value;
    } else if (name === 'id' && !value.includes('\0')) {
      id = value;
    }
  }
  return events;
}

function splitAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((place, i) => bytes.subarray(places[i], place));
}

const line = fc.oneof(
  fc.constant(''),
  fc
    .tuple(fc.constantFrom('data', 'event', 'id', 'retry', 'x', '', 'Data', ' data'), fc.string())
    .map(([name, value]) => `${name}:${value.replace(/[\r\n]/g, '')}`),
  fc
    .string({ unit: 'grapheme' })
    .map((text) => `data: ${text.replace(/[\r\n]/g, '').replace(/\p{Cs}/gu, '')}`),
  fc.constantFrom('data', 'event', 'id', ': still here', 'data:  two', 'id: a\0b', 'data: 👩‍👩‍👧 ü'),
);
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')))
  .map((lines) => lines.map((parts) => parts.join('')).join(''));

describe('a stream of events', () => {
  it('gives the same events however its bytes are cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (text, cuts) => {
        const bytes = bytesOf(text);
        const expected = plainly(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
        expect(parseIn(splitAt(bytes, cuts)).events).toEqual(expected);
        expect(parseIn([...bytes].map((byte) => Uint8Array.of(byte))).events).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('has the fields of the standard, and its examples', () => {
    expect(parse('data: YHOO\ndata: +2\ndata: 10\n\n')).toEqual([
      { event: 'message', data: 'YHOO\n+2\n10', id: '' },
    ]);
    expect(
      parse(': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third\n\n'),
    ).toEqual([
      { event: 'message', data: 'first event', id: '1' },
      { event: 'message', data: 'second event', id: '' },
      { event: 'message', data: ' third', id: '' },
    ]);
    expect(parse('data\n\ndata\ndata\n\ndata:')).toEqual([
      { event: 'message', data: '', id: '' },
      { event: 'message', data: '\n', id: '' },
    ]);
    expect(parse('event: add\ndata: 1\n\nevent: remove\n\ndata: 2\n\n').map(({ event }) => event)).toEqual([
      'add',
      'message',
    ]);
  });

  it('has no event that was not ended, and keeps its id for nobody', () => {
    const { events } = parseIn([bytesOf('id: 1\ndata: a\n\nid: 2\ndata: {"half":')]);
    expect(events).toEqual([{ event: 'message', data: 'a', id: '1' }]);
  });

  it('may begin with a byte order mark, and says when to come back', () => {
    const { events, retryMs } = parseIn([
      Uint8Array.of(0xef),
      Uint8Array.of(0xbb, 0xbf),
      bytesOf('retry: 250\nretry: soon\ndata: x\r'),
      bytesOf('\n\r\n'),
    ]);
    expect(events).toEqual([{ event: 'message', data: 'x', id: '' }]);
    expect(retryMs).toBe(250);
  });

  it('is refused when an event has no end', () => {
    const parser = new EventParser();
    const chunk = bytesOf(`data: ${'x'.repeat(65_530)}\n`);
    expect(() => {
      for (let i = 0; i < 17; i++) parser.push(chunk);
    }).toThrow(/no taskspace server sends such/);
  });
});
