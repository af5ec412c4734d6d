/** Every form that agents leave their runs in: its fixture, as it comes out, message by message. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { draftOf, fixturePath, shown } from './draft-of.js';

const FORMS: Readonly<Record<string, readonly [form: string, ...messages: string[]]>> = {
  'autogen-cassette.jsonl': [
    'AutoGen messages or cassette',
    'assistant:  + call call-1 search {"q":"tea"}',
    'tool: {"hits":[{"title":"Green"}]} + result call-1 {"hits":[{"title":"Green"}]}',
    'assistant:  + call call-2 search {"q":"salt"}',
    'tool: no such shelf + result call-2 "no such shelf" failed',
  ],
  'autogen-team.json': [
    'AutoGen messages or cassette',
    'user (user): Which tea? @10:00:00.123',
    'assistant (picker):  + call k1 search {"q":"tea"}',
    'tool (picker): Green + result k1 "Green"',
    'assistant (picker): Green tea.',
  ],
  'chatgpt.json': [
    'ChatGPT export',
    'user/tea-1: How hot? + image_asset_pointer + text @01:46:41.123',
    'assistant/tea-1: print(100) + call c python "print(100)" @01:46:43.000',
    'tool/tea-1: 100 + result c "100" @01:46:44.500',
    'assistant/tea-1:branch-1: Very. @01:46:42.000',
    'user/ring-1: Round',
  ],
  'claude-chat.json': [
    'claude.ai export',
    'user/cc-1: Filter or press? @08:00:00.000',
    'assistant/cc-1: Press. + text @08:00:09.500',
  ],
  'claude-code.jsonl': [
    'Claude Code session',
    'user: The kettle leaks. + text + file files/message-00001-1.png @11:00:00.000',
    'assistant: I look at the seal. + thinking + text + call toolu_1 Read {"path":"seal.md"} @11:00:05.250',
    'tool: The seal is worn. + result toolu_1 [{"type":"text","text":"The seal is worn."}] @11:00:06.000',
    'assistant/agent-a1: Aside: a shop has one. + text',
    'user/agent-a1: Aside: buy it.',
    'system: Conversation compacted @11:01:00.000',
    'user: Thanks.',
  ],
  'codex-older.jsonl': [
    'list of Responses items',
    'user: Mend the lid. + text',
    'assistant:  + call call_1 local_shell {"type":"exec","command":["ls"]}',
    'tool: hinge.md + result call_1 "hinge.md"',
    'assistant: Mended. + text',
  ],
  'codex.jsonl': [
    'Codex session',
    'user: Mend the lid. + text @03:04:07.001',
    'assistant:  + reasoning @03:04:08.000',
    'assistant:  + call call_1 exec {"cmd":"ls"} @03:04:09.000',
    'tool: hinge.md + result call_1 "hinge.md" @03:04:10.000',
    'assistant:  + call call_2 apply_patch "*** Begin" @03:04:11.000',
    'system: So far: a hinge. @03:04:12.000',
    'assistant: Mended. + text @03:04:13.000',
  ],
  'fine-tuning.jsonl': [
    'list of conversations',
    'system/example-1: Be brief.',
    'user/example-1: Hot?',
    'assistant/example-1:  + call h1 measure {"of":"tea"}',
    'user/example-2: Cold?',
    'assistant/example-2: No.',
    'user/example-3: Sweet?',
    'assistant/example-3: Yes.',
    'user/example-4: Sour?',
    'assistant/example-4: No.',
    'assistant/example-4:not-preferred: Never ever.',
  ],
  'gemini.json': [
    'Gemini CLI session',
    'user: List it. @09:00:00.000',
    'assistant: Here. + thinking + call l1 ls {"p":1} @09:00:02.000',
    'tool: a.txt + result l1 [{"functionResponse":{"id":"l1","name":"ls","response":{"output":"a.txt"}}}] @09:00:02.000',
  ],
  'langsmith-tree.json': [
    'LangSmith runs',
    'user/p: Hot? + data',
    'assistant/p: Yes. + data',
    'assistant/c:  + call c measure {"of":"tea"}',
    'tool/c: 90 + result c {"output":"90"}',
  ],
  'langsmith.json': [
    'LangSmith runs',
    'user/r1: Milk? @10:00:00.123',
    'assistant/r2:  + call r2 fridge {"input":"milk"}',
    'tool/r2: none + result r2 {"output":"none"}',
    'assistant/r1: No. + call f1 fridge {"q":"milk"} @10:00:02.000',
  ],
  'mini-swe.traj.json': [
    'chat transcript',
    'system: You mend. @01:46:40.500',
    'user: Mend it.',
    'assistant: I look. + call b1 bash {"command":"ls"} @01:46:41.500',
    'tool: lid.md + result b1 "lid.md"',
    'system: Done.',
  ],
  'openai-chat.jsonl': [
    'chat transcript',
    'system: Be brief.',
    'user (ann): List it. @22:44:56.900',
    'assistant:  + call c1 ls {"p":1}',
    'tool: a.txt + result c1 "a.txt"',
    'assistant:  + call null ls {}',
    'tool: a.txt + result null "a.txt"',
  ],
  'openhands-later.jsonl': [
    'OpenHands events',
    'system (agent): You cook.',
    'user (user): Boil water. + text @10:00:01.123',
    'assistant (agent): With a kettle. + call t1 terminal {"command":"boil"}',
    'tool (environment): hot + result t1 {"content":[{"type":"text","text":"hot"}]}',
  ],
  'openhands.json': [
    'OpenHands events',
    'user (user): Boil water. @22:44:56.900',
    'assistant (agent): What is there? + call tc-1 execute_bash {"command":"ls","thought":"What is there?"} @22:44:57.000',
    'tool (agent): kettle: no such file + result tc-1 "kettle: no such file" failed @22:44:58.500',
    'assistant (agent):  + call 3 edit {"path":"kettle.md","thought":""} @22:45:13.000',
    'tool (agent): written + result 3 "written" @22:45:14.000',
    'assistant (agent): It boils. + call 5 finish {"final_thought":"It boils."}',
  ],
  'ui-messages.json': [
    'chat transcript',
    'user: Rain? + text @22:00:00.000',
    'assistant: Yes. + reasoning + call w1 weather {"at":"home"} + result w1 {"rain":true} + text',
  ],
};

describe('a transcript', () => {
  it.each(Object.entries(FORMS))(
    '%s becomes messages in order, with role, text, parts and time',
    async (name, known) => {
      const [form, ...messages] = known;
      const draft = await draftOf(fixturePath(`transcripts/${name}`));
      expect(draft.form).toBe(form);
      expect(draft.messages.map(shown)).toEqual(messages);
      expect(draft.artifacts[0]).toMatchObject({ path: `source/${name}`, sha256: draft.source.sha256 });
      expect(draft.totals.messages).toBe(messages.length);
      expect(draft.totals.artifacts).toBe(draft.artifacts.length);
    },
  );

  it('has no fixture that is not tried', () => {
    expect(readdirSync(fixturePath('transcripts')).sort()).toEqual(Object.keys(FORMS).sort());
  });

  it('keeps in the metadata and the data what has no place in a message', async () => {
    const claude = await draftOf(fixturePath('transcripts/claude-code.jsonl'));
    expect(claude.messages[1]).toMatchObject({
      id: 'u2',
      metadata: {
        timestamp: '2025-06-14T11:00:05.250Z',
        parentUuid: 'u1',
        sessionId: 's-1',
        message: { id: 'msg_1', model: 'm' },
      },
    });
    expect(claude.name).toBe('Kettle repair');
    expect(claude.data).toMatchObject({ sessionId: 's-1', cwd: '/kettle', summaries: ['Kettle repair'] });
    const codex = await draftOf(fixturePath('transcripts/codex.jsonl'));
    expect(codex.data).toMatchObject({
      session: { id: 'c-1', cli_version: '1.0' },
      turn_context: { model: 'm' },
    });
    const tuning = await draftOf(fixturePath('transcripts/fine-tuning.jsonl'));
    expect(tuning.messages[0]?.metadata).toEqual({
      conversation: {
        parallel_tool_calls: false,
        tools: [{ type: 'function', function: { name: 'measure' } }],
      },
    });
    const chatgpt = await draftOf(fixturePath('transcripts/chatgpt.json'));
    expect(chatgpt.messages[0]?.metadata).toMatchObject({
      create_time: 1756000001.123456,
      conversation: { title: 'Tea', current_node: 'd' },
    });
    const mini = await draftOf(fixturePath('transcripts/mini-swe.traj.json'));
    expect(mini.status).toBe('completed');
    expect(mini.data).toMatchObject({ exit_status: 'Submitted', model_stats: { instance_cost: 0.1 } });
    expect(mini.artifacts.map(({ path }) => path)).toEqual(['source/mini-swe.traj.json', 'submission.patch']);
  });

  it('says which records hold no message', async () => {
    const { notes } = await draftOf(fixturePath('transcripts/claude-code.jsonl'));
    expect(notes).toEqual([
      'line 5, line 6, line 7: holds no message, left out',
      'line 8: not JSON, left out',
      'records that hold no message, in the kept file only: summary 1, file-history-snapshot 1',
    ]);
  });

  it('has files that stand in a message as artifacts that the message names', async () => {
    const { messages, artifacts } = await draftOf(fixturePath('transcripts/claude-code.jsonl'));
    expect(messages[0]?.parts?.[1]).toEqual({
      type: 'file',
      path: 'files/message-00001-1.png',
      contentType: 'image/png',
    });
    expect(artifacts[1]).toMatchObject({
      path: 'files/message-00001-1.png',
      size: 8,
      contentType: 'image/png',
    });
  });
});
