import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { eventFrame } from '../../../src/app/changes/event-frame.js';
import { decodeLine, encodeLine } from '../../../src/store/files/journal/checked-line.js';

const TEXT = 'a\u2028b\u2029c\u0085d "\\u2028" \\';

describe('signs that some readers take for the end of a line', () => {
  it('are escaped in checked lines, and the checksum is that of the written bytes', () => {
    const line = encodeLine({ text: TEXT, [TEXT]: 1 });
    expect(line.toString()).not.toMatch(/[\u0085\u2028\u2029]/);
    expect(line.toString().slice(8, 16)).toBe(crc32(line.subarray(18, -1)).toString(16).padStart(8, '0'));
    expect(decodeLine(line.subarray(0, -1))).toMatchObject({ text: TEXT, [TEXT]: 1 });
  });

  it('are read where an earlier version left them raw', () => {
    const body = `${JSON.stringify({ text: TEXT }).slice(1)}`;
    const crc = crc32(body).toString(16).padStart(8, '0');
    expect(decodeLine(Buffer.from(`{"crc":"${crc}",${body}`))).toMatchObject({ text: TEXT });
  });

  it('are escaped in the data of an event', () => {
    const change = { taskspace: 'x', commit: 1, at: '', by: TEXT, types: ['message.posted'], summary: TEXT };
    const frame = eventFrame('1', change as unknown as Parameters<typeof eventFrame>[1]).toString();
    expect(frame).not.toMatch(/[\u0085\u2028\u2029]/);
    expect(JSON.parse(/^data: (.*)$/m.exec(frame)?.[1] ?? '')).toEqual(change);
  });
});
