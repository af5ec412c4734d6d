/** Transcripts whose writers have died, of programs that write no JSON, and of people who mean no good. */
import { afterAll, describe, expect, it } from 'vitest';
import { timeOf } from '../../../scripts/import/time.js';
import { ownedFolder } from '../../kit/owned-folder.js';
import { draftOfBytes } from './draft-of.js';

const folder = ownedFolder();
afterAll(() => folder.remove());

const A = '{"role":"user","content":"a"}';
const B = '{"role":"assistant","content":"b"}';

async function read(name: string, content: string | Uint8Array) {
  const { messages, notes, data } = await draftOfBytes(folder.path, name, content);
  return { texts: messages.map((message) => message.content), messages, notes, data };
}

describe('what is broken costs itself alone', () => {
  it.each([
    ['a cut line', 'cut.jsonl', `${A}\n${B}\n{"role":"user","cont`, 'line 3: not JSON, left out'],
    ['a broken line', 'broken.jsonl', `${A}\nnot json\n${B}\n`, 'line 2: not JSON, left out'],
    ['a broken first line', 'head.jsonl', `ent":"x"}\n${A}\n${B}\n`, 'line 1: not JSON, left out'],
    ['a cut first line', 'first.jsonl', `{"role":"us\n${A}\n${B}\n`, 'line 1: not JSON, left out'],
    [
      'NUL bytes behind the last line',
      'nul.jsonl',
      `${A}\n${B}\n${'\0'.repeat(64)}`,
      'line 3: nothing but NUL bytes, which are left out',
    ],
    [
      'NUL bytes in the last line',
      'nul-in.jsonl',
      `${A}\n${B}${'\0'.repeat(64)}`,
      'line 2: surrounded by NUL bytes, which are left out',
    ],
    [
      'a cut list',
      'cut.json',
      `[${A},\n${B},\n{"role":"us`,
      'the end: the file is cut off there; what was whole before is kept',
    ],
    ['a broken element', 'broken.json', `[${A}, {"role": bad}, ${B}]`, 'element 2: not JSON, left out'],
    ['NUL bytes behind a list', 'nul.json', `[${A}, ${B}]\0\0\0`, 'the end: NUL bytes, which are left out'],
    [
      'a cut run',
      'cut.traj',
      `{"history": [${A}, ${B}, {"ro`,
      'the end: the file is cut off there; what was whole before is kept',
    ],
    [
      'a line of another kind',
      'other.jsonl',
      `${A}\n{"level":"info"}\n[1]\n42\n"x"\n${B}\n`,
      'line 2, line 3, line 4, line 5: holds no message, left out',
    ],
  ])('%s', async (_what, name, content, note) => {
    const { texts, notes } = await read(name, content);
    expect(texts).toEqual(['a', 'b']);
    expect(notes).toEqual([note]);
  });

  it('a single line and nothing but NUL bytes after it', async () => {
    const { texts, notes } = await read('one.jsonl', `${A}\n${'\0'.repeat(64)}`);
    expect(texts).toEqual(['a']);
    expect(notes).toEqual(['the end: NUL bytes, which are left out']);
  });

  it('bytes that are no UTF-8', async () => {
    const bytes = Buffer.from(`{"role":"user","content":"gr\u00fcn"}\n${B}\n`, 'latin1');
    const { texts, notes } = await read('latin1.jsonl', new Uint8Array(bytes));
    expect(texts).toEqual(['gr\ufffdn', 'b']);
    expect(notes).toEqual(['line 1: has bytes that are not UTF-8, shown as U+FFFD']);
  });

  it('nesting of any depth, in lines and in lists', async () => {
    const deep = `{"role":"user","content":"deep","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const open = '['.repeat(200_000);
    const lines = await read('deep.jsonl', `${A}\n${deep}\n${open}\n${B}\n`);
    expect(lines.texts).toEqual(['a', 'deep', 'b']);
    expect(lines.notes).toEqual(['line 3: not JSON, left out']);
    const list = await read('deep.json', `[${A}, ${deep}, ${B}]`);
    expect(list.texts).toEqual(['a', 'deep', 'b']);
    expect(depthOf(list.messages[1]?.metadata)).toBeLessThan(90);
    const call = { function: { name: 'f', arguments: '{"a":'.repeat(50_000) } };
    const { messages } = await read(
      'call.jsonl',
      `${A}\n${JSON.stringify({ role: 'assistant', tool_calls: [call] })}`,
    );
    expect(messages[1]?.parts?.[0]).toMatchObject({ type: 'tool_call', name: 'f' });
  });
});

describe('what is no JSON by the letter', () => {
  it("is taken: Python's numbers as texts", async () => {
    const { messages } = await read(
      'nan.jsonl',
      '{"role":"user","content":"NaN \\" -Infinity","p":NaN,"q":[-Infinity,Infinity]}',
    );
    expect(messages).toMatchObject([
      { content: 'NaN " -Infinity', metadata: { p: 'NaN', q: ['-Infinity', 'Infinity'] } },
    ]);
    const run = '{"history":[{"role":"user","content":"a"}],"info":{"model_stats":{"cost":NaN}}}';
    expect((await read('NAN.TRAJ', run)).data).toEqual({ model_stats: { cost: 'NaN' } });
  });

  it('is taken: UTF-16 with its mark, as shells on Windows write', async () => {
    const text = `\ufeff{"role":"user","content":"gr\u00fcn"}\r\n${B}\r\n`;
    expect((await read('utf16.jsonl', new Uint8Array(Buffer.from(text, 'utf16le')))).texts).toEqual([
      'gr\u00fcn',
      'b',
    ]);
  });

  it('is given another name: a key that the server refuses', async () => {
    const { messages } = await read(
      'proto.json',
      '{"role":"user","content":"a","__proto__":{"x":1},"y":{"__proto__":2}}',
    );
    expect(messages[0]?.metadata).toEqual({ '(__proto__)': { x: 1 }, y: { '(__proto__)': 2 } });
  });
});

describe('what is no transcript', () => {
  it.each([
    ['notes.txt', 'hello\nworld\n'],
    ['empty.jsonl', ''],
    ['nul.jsonl', '\0'.repeat(100)],
    ['number.json', '42'],
    ['package.json', '{"name":"x","version":"1","files":["a"]}'],
    ['log.jsonl', '{"level":"info","msg":"x"}\n'.repeat(9)],
    ['cut.traj', '{"history": [{"role": "user", '],
  ])('%s is refused, with how to keep its bytes', async (name, content) => {
    const path = `${folder.path}/${name}`;
    await expect(read(name, content)).rejects.toThrow(
      `so nothing was imported. To keep its bytes: \`npm run import -- ${path} --as file\`, or \`curl -T ${path} <server>/api/taskspaces/<id>/artifacts/${name}\`.`,
    );
  });

  it('names a path as a shell takes it', async () => {
    await expect(read("it's.txt", 'x')).rejects.toThrow(`/it'\\''s.txt' --as file`);
  });
});

describe('when a message was made', () => {
  it.each([
    ['2025-01-27T22:44:56.900854', '2025-01-27T22:44:56.900Z'],
    ['2025-01-27 22:44:56,123', '2025-01-27T22:44:56.123Z'],
    ['2025-01-27T22:44:56.9+02:00', '2025-01-27T20:44:56.900Z'],
    ['2025-01-27T22:44:56+0530', '2025-01-27T17:14:56.000Z'],
    ['2025-01-27 22:44:56 UTC', '2025-01-27T22:44:56.000Z'],
    ['2025-01-27', '2025-01-27T00:00:00.000Z'],
    [1738017896, '2025-01-27T22:44:56.000Z'],
    [1738017896.900854, '2025-01-27T22:44:56.900Z'],
    [1738017896900, '2025-01-27T22:44:56.900Z'],
    [1738017896900854, '2025-01-27T22:44:56.900Z'],
    ['1738017896900', '2025-01-27T22:44:56.900Z'],
    [1738017896900854000, '2025-01-27T22:44:56.900Z'],
    [0, undefined],
    [1e300, undefined],
    [JSON.parse('1e306'), undefined],
    [JSON.parse('1e400'), undefined],
    [JSON.parse('-1e400'), undefined],
    ['At noon', undefined],
    ['2025-13-45T99:00:00Z', undefined],
    [null, undefined],
  ])('%j is %s', (sent, time) => {
    expect(timeOf(sent)).toBe(time);
  });
});

/** Without recursion, which is what it is to find out about. */
function depthOf(value: unknown): number {
  let depth = 0;
  for (let level = [value]; level.length > 0; depth++) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return depth;
}
