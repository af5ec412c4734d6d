import { describe, expect, it } from 'vitest';
import { messageOperations } from '../../src/contract/operations/messages.js';
import { planInput, taskInput, taskPatch } from '../../src/contract/plan.js';
import { taskspaceInput, taskspacePatch } from '../../src/contract/taskspaces.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import type { JsonObject } from '../../src/domain/json.js';
import { checkBody, checkBodyOf } from '../../src/http/check-body.js';

const KIB = 1024;
const free = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });

type Check = (body: JsonObject) => unknown;

const taskspace: Check = (body) => checkBody(taskspaceInput, body);
const ofTaskspace: Check = (body) => checkBody(taskspacePatch, body);
const task: Check = (body) => checkBody(taskInput, body);
const ofTask: Check = (body) => checkBody(taskPatch, body);
const checkMessagePost: Check = (body) => checkBodyOf(messageOperations.postMessages.body, body);
const plan: Check = (body) => checkBody(planInput, body);

/** Pointers of what is wrong; empty when nothing is. */
function wrong(check: Check, body: JsonObject): string[] {
  try {
    check(body);
    return [];
  } catch (error) {
    if (!(error instanceof TaskspaceError)) throw error;
    return (error.extras.errors ?? []).map(({ pointer }) => pointer);
  }
}

describe('bounds of bodies', () => {
  it.each<[string, Check, JsonObject, JsonObject]>([
    ['id', taskspace, { id: 'a'.repeat(64) }, { id: 'a'.repeat(65) }],
    ['id', taskspace, { id: '0_-' }, { id: '_a' }],
    ['name', taskspace, { name: '😀'.repeat(200) }, { name: '😀'.repeat(201) }],
    ['name', taskspace, { name: 'a' }, { name: '' }],
    [
      'description',
      taskspace,
      { description: 'ä'.repeat(8 * KIB) },
      { description: `${'ä'.repeat(8 * KIB)}a` },
    ],
    ['owner', taskspace, { owner: '😀'.repeat(128) }, { owner: 'a'.repeat(129) }],
    ['owner', taskspace, { owner: 'a b' }, { owner: 'a\u0085b' }],
    ['status', taskspace, { status: 'draft' }, { status: 'Draft' }],
    ['tags', taskspace, { tags: Array(50).fill('x') }, { tags: Array(51).fill('x') }],
    ['tags/0', taskspace, { tags: ['a'.repeat(64)] }, { tags: ['a'.repeat(65)] }],
    ['tags/0', taskspace, { tags: ['a b'] }, { tags: ['a,b'] }],
    ['tags/0', taskspace, { tags: ['a'] }, { tags: [''] }],
    ['data', taskspace, { data: free(256 * KIB) }, { data: free(256 * KIB + 1) }],
    ['data', taskspace, { data: {} }, { data: [] }],
    ['retention', taskspace, { retention: null }, { retention: 1 }],
    ['retention/keepDays', taskspace, { retention: { keepDays: 0 } }, { retention: { keepDays: -1 } }],
    ['name', taskspace, {}, { name: null }],
    ['data', ofTaskspace, { data: null, name: null, retention: { keepDays: null } }, { data: 1 }],
    ['name', task, { name: 'n' }, {}],
    ['id', task, { name: 'n', id: 'A.b_c:d@e-f' }, { name: 'n', id: 'a b' }],
    ['id', task, { name: 'n', id: 'a'.repeat(128) }, { name: 'n', id: 'a'.repeat(129) }],
    ['goal', task, { name: 'n', goal: 'x'.repeat(16 * KIB) }, { name: 'n', goal: 'x'.repeat(16 * KIB + 1) }],
    ['agent', task, { name: 'n', agent: null }, { name: 'n', agent: '' }],
    ['dependencies', task, { name: 'n', dependencies: ['a'] }, { name: 'n', dependencies: 'a' }],
    ['onFailure', task, { name: 'n', onFailure: 'escalate_to_user' }, { name: 'n', onFailure: 'stop' }],
    ['result', task, { name: 'n', result: free(256 * KIB) }, { name: 'n', result: free(256 * KIB + 1) }],
    ['metadata', task, { name: 'n', metadata: {} }, { name: 'n', metadata: null }],
    ['name', ofTask, { name: 'n' }, { name: null }],
    [
      'tasks',
      plan,
      { goal: '', tasks: Array(10_000).fill({ name: 'n' }) },
      { goal: '', tasks: Array(10_001).fill({ name: 'n' }) },
    ],
    ['content', checkMessagePost, { content: 'x'.repeat(256 * KIB) }, { content: 'x'.repeat(256 * KIB + 1) }],
    ['metadata', checkMessagePost, { metadata: free(256 * KIB) }, { metadata: free(256 * KIB + 1) }],
    ['id', checkMessagePost, { id: 'ä ö' }, { id: 'a\n' }],
    ['conversation', checkMessagePost, { conversation: 'a_b' }, { conversation: 'a/b' }],
    ['parts/0', checkMessagePost, { parts: [{ type: 'anything', more: [1] }] }, { parts: [{ text: 'x' }] }],
    ['to', checkMessagePost, { to: null }, { to: '' }],
    ['messages/1/role', checkMessagePost, { messages: [{}] }, { messages: [{}, { role: 'x' }] }],
  ])('%s', (pointer, check, good, bad) => {
    expect(wrong(check, good)).toEqual([]);
    expect(wrong(check, bad)).toEqual([`/${pointer}`]);
  });

  it('leave out members that only the server sets', () => {
    expect(taskspaceInput.parse({ name: 'n', revision: 9, summary: { x: 1 } })).toEqual({ name: 'n' });
    expect(
      planInput.parse({
        goal: 'g',
        revision: 1,
        progress: 'x',
        tasks: [{ name: 'n', claim: 5, attempts: 'x' }],
      }),
    ).toEqual({ goal: 'g', tasks: [{ name: 'n' }] });
    expect(checkMessagePost({ seq: 1, by: 'x', at: 'y', content: 'c' })).toEqual({ content: 'c' });
    expect(checkMessagePost({ messages: [{ seq: 1, content: 'c' }] })).toEqual({
      messages: [{ content: 'c' }],
    });
  });
});
