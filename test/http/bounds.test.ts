import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { messagePost } from '../../src/http/schemas/message.js';
import { planInput, taskInput, taskPatch } from '../../src/http/schemas/plan.js';
import { taskspaceInput, taskspacePatch } from '../../src/http/schemas/taskspace.js';

const KIB = 1024;
const free = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });

/** Pointers of what is wrong; empty when nothing is. */
function wrong(schema: z.ZodType, body: unknown): string[] {
  const result = schema.safeParse(body);
  return result.success ? [] : result.error.issues.map(({ path }) => path.join('/'));
}

describe('bounds of bodies', () => {
  it.each<[string, z.ZodType, Record<string, unknown>, Record<string, unknown>]>([
    ['id', taskspaceInput, { id: 'a'.repeat(64) }, { id: 'a'.repeat(65) }],
    ['id', taskspaceInput, { id: '0_-' }, { id: '_a' }],
    ['name', taskspaceInput, { name: '😀'.repeat(200) }, { name: '😀'.repeat(201) }],
    ['name', taskspaceInput, { name: 'a' }, { name: '' }],
    [
      'description',
      taskspaceInput,
      { description: 'ä'.repeat(8 * KIB) },
      { description: `${'ä'.repeat(8 * KIB)}a` },
    ],
    ['owner', taskspaceInput, { owner: '😀'.repeat(128) }, { owner: 'a'.repeat(129) }],
    ['owner', taskspaceInput, { owner: 'a b' }, { owner: 'a\u0085b' }],
    ['status', taskspaceInput, { status: 'draft' }, { status: 'Draft' }],
    ['tags', taskspaceInput, { tags: Array(50).fill('x') }, { tags: Array(51).fill('x') }],
    ['tags/0', taskspaceInput, { tags: ['a'.repeat(64)] }, { tags: ['a'.repeat(65)] }],
    ['tags/0', taskspaceInput, { tags: ['a b'] }, { tags: ['a,b'] }],
    ['tags/0', taskspaceInput, { tags: ['a'] }, { tags: [''] }],
    ['data', taskspaceInput, { data: free(256 * KIB) }, { data: free(256 * KIB + 1) }],
    ['data', taskspaceInput, { data: {} }, { data: [] }],
    ['retention', taskspaceInput, { retention: null }, { retention: 1 }],
    ['retention/keepDays', taskspaceInput, { retention: { keepDays: 0 } }, { retention: { keepDays: -1 } }],
    ['name', taskspaceInput, {}, { name: null }],
    ['data', taskspacePatch, { data: null, name: null, retention: { keepDays: null } }, { data: 1 }],
    ['name', taskInput, { name: 'n' }, {}],
    ['id', taskInput, { name: 'n', id: 'A.b_c:d@e-f' }, { name: 'n', id: 'a b' }],
    ['id', taskInput, { name: 'n', id: 'a'.repeat(128) }, { name: 'n', id: 'a'.repeat(129) }],
    [
      'goal',
      taskInput,
      { name: 'n', goal: 'x'.repeat(16 * KIB) },
      { name: 'n', goal: 'x'.repeat(16 * KIB + 1) },
    ],
    ['agent', taskInput, { name: 'n', agent: null }, { name: 'n', agent: '' }],
    ['dependencies', taskInput, { name: 'n', dependencies: ['a'] }, { name: 'n', dependencies: 'a' }],
    ['onFailure', taskInput, { name: 'n', onFailure: 'escalate_to_user' }, { name: 'n', onFailure: 'stop' }],
    ['result', taskInput, { name: 'n', result: free(256 * KIB) }, { name: 'n', result: free(256 * KIB + 1) }],
    ['metadata', taskInput, { name: 'n', metadata: {} }, { name: 'n', metadata: null }],
    ['name', taskPatch, { name: 'n' }, { name: null }],
    [
      'tasks',
      planInput,
      { tasks: Array(10_000).fill({ name: 'n' }) },
      { tasks: Array(10_001).fill({ name: 'n' }) },
    ],
    ['content', messagePost, { content: 'x'.repeat(256 * KIB) }, { content: 'x'.repeat(256 * KIB + 1) }],
    ['metadata', messagePost, { metadata: free(256 * KIB) }, { metadata: free(256 * KIB + 1) }],
    ['id', messagePost, { id: 'ä ö' }, { id: 'a\n' }],
    ['conversation', messagePost, { conversation: 'a_b' }, { conversation: 'a/b' }],
    ['parts/0', messagePost, { parts: [{ type: 'anything', more: [1] }] }, { parts: [{ text: 'x' }] }],
    ['to', messagePost, { to: null }, { to: '' }],
    ['messages/1/role', messagePost, { messages: [{}] }, { messages: [{}, { role: 'x' }] }],
  ])('%s', (pointer, schema, good, bad) => {
    expect(wrong(schema, good)).toEqual([]);
    expect(wrong(schema, bad)).toEqual([pointer]);
  });

  it('leave out members that only the server sets', () => {
    expect(taskspaceInput.parse({ name: 'n', revision: 9, summary: { x: 1 } })).toEqual({ name: 'n' });
    expect(
      planInput.parse({ revision: 1, progress: 'x', tasks: [{ name: 'n', claim: 5, attempts: 'x' }] }),
    ).toEqual({ tasks: [{ name: 'n' }] });
    expect(messagePost.parse({ seq: 1, by: 'x', at: 'y', content: 'c' })).toEqual({
      messages: [{ content: 'c' }],
      batch: false,
    });
  });
});
