import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { sha256Of } from '../../../scripts/import/sha256.js';
import { ownedFolder } from '../../kit/owned-folder.js';
import { draftOf, draftOfBytes, fixturePath } from './draft-of.js';

const folder = ownedFolder();
afterAll(() => folder.remove());

async function fixture(name: string) {
  return { bytes: readFileSync(fixturePath(name)), draft: await draftOf(fixturePath(name)) };
}

function traj(run: unknown) {
  return draftOfBytes(folder.path, 'run.traj', JSON.stringify(run));
}

function at<T>(items: readonly T[] | undefined, i: number): T {
  const item = items?.[i];
  if (item === undefined) throw new Error(`There is no item ${i}`);
  return item;
}

describe('a recorded run', () => {
  it('becomes messages with role, content and agent, everything else in the metadata', async () => {
    const { messages } = (await fixture('greeting-fix.traj')).draft;
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'system']);
    expect(at(messages, 0)).toEqual({
      role: 'system',
      content: 'You repair small programs.',
      from: 'main',
      parts: [],
      metadata: { message_type: 'system_prompt' },
    });
  });

  it('joins the texts of a content array by newlines and keeps its parts', async () => {
    const message = at((await fixture('greeting-fix.traj')).draft.messages, 1);
    expect(message.content).toBe('greet.py does not run.\nPlease repair it.');
    expect(message.parts).toEqual([
      { type: 'text', text: 'greet.py does not run.' },
      { type: 'text', text: 'Please repair it.', cache_control: { type: 'ephemeral' } },
    ]);
  });

  it('gives tool calls as parts, their arguments parsed where they are JSON', async () => {
    const message = at((await fixture('greeting-fix.traj')).draft.messages, 2);
    expect(message.parts).toEqual([
      { type: 'tool_call', id: 'call_1', name: 'bash', arguments: { command: 'cat greet.py' } },
      { type: 'tool_call', id: 'call_2', name: 'note', arguments: 'not json' },
    ]);
    expect(message.metadata).toEqual({
      thought: 'I look at the file first.',
      action: 'cat greet.py',
      message_type: 'action',
    });
  });

  it('gives a tool message one result part with the id of its call, and the bytes as they were', async () => {
    const message = at((await fixture('greeting-fix.traj')).draft.messages, 3);
    const text = 'def greet(name)\r\n    return f"Grüß dich, {name}"';
    expect(message.content).toBe(text);
    expect(message.parts).toEqual([{ type: 'tool_result', id: 'call_1', result: text }]);
    expect(message.metadata).toEqual({ message_type: 'observation' });
  });

  it('keeps the name of a role that is none here; null content is empty; no agent gives no from', async () => {
    const message = at((await fixture('greeting-fix.traj')).draft.messages, 4);
    expect(message).toEqual({ role: 'system', content: '', parts: [], metadata: { role: 'developer' } });
  });

  it('becomes a chain of completed tasks named by the first line of the action, or by their id', async () => {
    const tasks = (await fixture('greeting-fix.traj')).draft.plan?.tasks;
    expect(tasks?.map(({ id, name, dependencies }) => ({ id, name, dependencies }))).toEqual([
      { id: 'step-1', name: 'cat greet.py', dependencies: [] },
      { id: 'step-2', name: 'edit 1:1', dependencies: ['step-1'] },
      { id: 'step-3', name: 'step-3', dependencies: ['step-2'] },
    ]);
    expect(at(tasks, 0)).toMatchObject({
      goal: 'I look at the file first.\n',
      status: 'completed',
      result: { observation: 'def greet(name)\n    return f"Grüß dich, {name}"\n' },
    });
  });

  it('keeps the patch and the raw file as artifacts, byte for byte', async () => {
    const { bytes, draft } = await fixture('greeting-fix.traj');
    expect(draft.artifacts.map(({ path, contentType }) => [path, contentType])).toEqual([
      ['source/greeting-fix.traj', 'application/json'],
      ['submission.patch', 'text/x-diff'],
    ]);
    expect(at(draft.artifacts, 0)).toMatchObject({
      content: { file: fixturePath('greeting-fix.traj') },
      size: bytes.length,
      sha256: sha256Of(bytes),
    });
  });

  it('names its source and how it ended, and nothing that is not in the file', async () => {
    const { bytes, draft } = await fixture('greeting-fix.traj');
    expect(draft.source).toEqual({ file: 'greeting-fix.traj', sha256: sha256Of(bytes) });
    expect(draft.data).toEqual({
      environment: 'fixture',
      exit_status: 'submitted',
      model_stats: { api_calls: 3, instance_cost: null },
    });
    const bare = (await fixture('history-only.traj')).draft;
    expect(bare.data).toEqual({});
    expect(bare.plan).toBeNull();
    expect(bare.artifacts.map(({ path }) => path)).toEqual(['source/history-only.traj']);
  });

  it('is completed when it was submitted or does not say, and failed otherwise', async () => {
    expect((await fixture('greeting-fix.traj')).draft.status).toBe('completed');
    expect((await fixture('history-only.traj')).draft.status).toBe('completed');
    expect((await fixture('gave-up.traj')).draft.status).toBe('failed');
  });

  it('keeps text above the limits whole in an artifact that the message and the task name', async () => {
    const long = 'ä'.repeat(200_000);
    const draft = await traj({
      history: [{ role: 'user', content: long }],
      trajectory: [{ action: 'x', thought: long, observation: long }],
    });
    const message = at(draft.messages, 0);
    expect(Buffer.byteLength(message.content ?? '')).toBeLessThanOrEqual(256 * 1024);
    expect(message.content).toMatch(
      /^ä+\n\[cut here: all 400000 bytes are in the artifact long\/message-00001\.txt\]$/,
    );
    expect(message.parts).toEqual([
      { type: 'file', path: 'long/message-00001.txt', contentType: 'text/plain; charset=utf-8' },
    ]);
    const task = at(draft.plan?.tasks, 0);
    expect(Buffer.byteLength(task.goal ?? '')).toBeLessThanOrEqual(16 * 1024);
    expect(Buffer.byteLength(JSON.stringify(task.result))).toBeLessThanOrEqual(256 * 1024);
    expect(task.result).toMatchObject({ artifact: 'long/step-1-observation.txt' });
    const kept = draft.artifacts.filter(({ path }) => path.startsWith('long/'));
    expect(kept.map(({ path }) => path)).toEqual([
      'long/message-00001.txt',
      'long/step-1-thought.txt',
      'long/step-1-observation.txt',
    ]);
    for (const { content } of kept) expect(Buffer.from(content as Uint8Array).toString()).toBe(long);
  });

  it('keeps a plan of many long steps within what the server takes at once', async () => {
    const steps = Array.from({ length: 70 }, () => ({ action: 'x', observation: 'y'.repeat(250_000) }));
    const draft = await traj({ trajectory: steps });
    expect(Buffer.byteLength(JSON.stringify(draft.plan))).toBeLessThan(16 * 1024 * 1024);
    expect(draft.artifacts.filter(({ path }) => path.startsWith('long/'))).toHaveLength(70);
  });

  it('leaves out steps beyond what a plan can have, and says so', async () => {
    const { plan, notes, totals } = await traj({
      trajectory: Array.from({ length: 10_002 }, () => ({ action: 'x' })),
    });
    expect(plan?.tasks).toHaveLength(10_000);
    expect(totals.tasks).toBe(10_000);
    expect(notes).toEqual([
      'the last 2 steps are too many for a plan; what was said in them is among the messages',
    ]);
  });
});
