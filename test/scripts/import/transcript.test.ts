import { afterAll, describe, expect, it } from 'vitest';
import { ownedFolder } from '../../kit/owned-folder.js';
import { draftOf, draftOfBytes, fixturePath } from './draft-of.js';

const folder = ownedFolder();
afterAll(() => folder.remove());

function read(text: string) {
  return draftOfBytes(folder.path, 'chat.jsonl', text);
}

describe('a chat transcript', () => {
  it('becomes one message a line: members of a message are taken, others go into the metadata', async () => {
    const draft = await draftOf(fixturePath('support-chat.jsonl'));
    expect(draft.messages).toEqual([
      {
        ...{ role: 'user', content: 'Where is my parcel? Order №4711', parts: [], id: 'm-1', from: 'Zoë' },
        metadata: { channel: 'web' },
      },
      {
        ...{ role: 'assistant', content: 'It left us yesterday.\nIt should arrive tomorrow.' },
        parts: [
          { type: 'text', text: 'It left us yesterday.' },
          { type: 'text', text: 'It should arrive tomorrow.' },
        ],
        ...{ from: 'helpdesk-bot', to: 'Zoë', metadata: { confidence: 0.93 } },
      },
      {
        ...{ role: 'user', content: 'Closed.', parts: [], conversation: 'internal' },
        metadata: { to: 'two\nlines', role: 'moderator' },
      },
      {
        ...{ role: 'tool', content: '', metadata: { seq: 9 } },
        parts: [{ type: 'tool_result', id: 'c1', result: { state: 'sent' } }],
      },
    ]);
    expect(draft.artifacts.map(({ path }) => path)).toEqual(['source/support-chat.jsonl']);
    expect(draft.data).toEqual({});
  });

  it('takes a byte order mark and Windows line ends', async () => {
    const draft = await read('\uFEFF{"role":"user","content":"a"}\r\n\r\n{"role":"user","content":"b"}\r\n');
    expect(draft.messages.map(({ content }) => content)).toEqual(['a', 'b']);
  });

  it('stores what has no UTF-8 as the server would', async () => {
    expect((await read('{"role":"user","content":"a\\ud800b"}')).messages[0]?.content).toBe('a\uFFFDb');
  });
});
