/**
 * A journal with every type of event in it, as the first versions wrote it, and ways to change what stands
 * there and keep it whole.
 */
import type { JsonObject } from '../../../src/domain/json.js';
import { encodeText } from '../../../src/store/files/journal/checked-line.js';

const FREE = { x: [1, { y: null }], ключ: 'value' };
export const TASK = {
  ...{
    name: 'task',
    goal: '',
    agent: null,
    dependencies: [],
    status: 'pending',
    onFailure: 'halt',
    result: null,
  },
  ...{ error: null, metadata: FREE, claim: null, attempts: 0, finishedAt: null, revision: 1 },
};
const METADATA = {
  ...{ name: 'all', description: 'text', owner: 'ann', status: 'active', tags: ['a', 'b'], data: FREE },
  retention: { keepRevisions: 2, keepDays: 0 },
};
const TOKEN = { hash: 'q'.repeat(43), leaseSeconds: 60, nonce: 'n'.repeat(22) };
const ARTIFACT = {
  ...{
    path: 'docs/ä b.txt',
    revision: 1,
    size: 4,
    sha256: 'a'.repeat(64),
    contentType: 'text/plain; charset=utf-8',
  },
  ...{ metadata: { type: 'doc', deployedVersion: '1' }, message: 'why' },
};
const LATER = '2026-03-01T11:00:00.000Z';
const CLAIM = { agent: 'bot', claimedAt: '2026-03-01T10:00:00.000Z', expiresAt: LATER };
const step = (plan: number, set: object) => ({ plan, id: 'a', set: { revision: plan, ...set } });

/** The events of each commit, in order; the last poisons the journal. */
export const COMMITS: readonly (readonly object[])[] = [
  [{ type: 'taskspace.created', revision: 1, metadata: METADATA }],
  [
    {
      type: 'taskspace.updated',
      revision: 2,
      set: { name: 'other', tags: [], owner: 'bob', retention: null },
    },
  ],
  [
    {
      ...{ type: 'plan.replaced', revision: 1, goal: 'goal' },
      tasks: [
        { id: 'a', ...TASK },
        { id: 'b', ...TASK, agent: 'bot', dependencies: ['a'], onFailure: 'escalate_to_user', result: FREE },
      ],
    },
  ],
  [{ type: 'task.added', plan: 2, task: { id: 'c', ...TASK } }],
  [{ type: 'task.changed', plan: 3, id: 'c', set: { goal: 'more', metadata: { n: 1 }, revision: 2 } }],
  [{ type: 'task.removed', plan: 4, id: 'c' }],
  [{ type: 'task.claimed', ...step(5, { status: 'in_progress', claim: CLAIM, attempts: 1 }), token: TOKEN }],
  [{ type: 'task.renewed', ...step(6, { claim: CLAIM }), rest: { id: 'a', ...TASK }, leaseSeconds: 90 }],
  [{ type: 'task.released', ...step(7, { status: 'pending', claim: null }) }],
  [{ type: 'task.failed', ...step(8, { status: 'failed', claim: null, finishedAt: LATER, error: 'no' }) }],
  [
    {
      type: 'task.completed',
      ...step(9, { status: 'completed', claim: null, finishedAt: LATER, result: FREE }),
    },
  ],
  [
    { type: 'message.posted', message: { seq: 1 } },
    {
      type: 'message.posted',
      message: {
        ...{ seq: 2, id: 'm', conversation: 'x', role: 'tool', content: 'text', from: 'ann', to: 'bob' },
        ...{ metadata: FREE, parts: [{ type: 'text', text: 'part' }] },
      },
    },
  ],
  [{ type: 'artifact.written', artifact: ARTIFACT }],
  [{ type: 'artifact.deleted', path: ARTIFACT.path, revision: 2, message: '' }],
  [{ type: 'artifact.written', artifact: { ...ARTIFACT, revision: 3, sha256: 'b'.repeat(64), size: 9 } }],
  [
    {
      type: 'lease.granted',
      lease: { name: 'lock', holder: 'ann', fence: 1, expiresAt: LATER },
      token: TOKEN,
    },
  ],
  [
    {
      type: 'lease.renewed',
      lease: { name: 'lock', holder: 'ann', fence: 1, expiresAt: LATER },
      leaseSeconds: 90,
    },
  ],
  [{ type: 'lease.released', name: 'lock' }],
  [{ type: 'taskspace.deleted' }],
  [{ type: 'taskspace.created', revision: 3, metadata: { ...METADATA, retention: null } }],
  [{ type: 'message.posted', message: { seq: 3, content: 'last' } }],
  [{ type: 'journal.poisoned', reason: 'EIO at fdatasync' }],
];

const BEGAN = Date.parse('2026-03-01T10:00:00.000Z');

/** The lines of a journal of these commits, each with its newline. */
export function linesOf(commits: readonly (readonly object[])[]): Buffer[] {
  const lines: Buffer[] = [];
  let [at, prev] = [0, ''];
  for (const [i, events] of commits.entries()) {
    const id = (i + 1).toString(16).padStart(16, '0');
    const key = i % 3 === 2 ? { key: { key: `key-${i}`, body: 'body' } } : {};
    const format = i === 0 ? { format: 1 } : {};
    const time = new Date(BEGAN + i * 60_000).toISOString();
    const line = lineOf({
      at,
      id,
      prev,
      safe: at,
      ...format,
      commit: i + 1,
      time,
      by: 'ann',
      ...key,
      events,
    });
    lines.push(line);
    at += line.length;
    prev = id;
  }
  return lines;
}

/** What stands in a line, its CRC aside. */
export function fieldsOf(line: Buffer): JsonObject {
  const { crc: _crc, ...fields } = JSON.parse(line.toString()) as JsonObject;
  return fields;
}

/** Stands for nesting that JSON.parse takes and JSON.stringify can't print. */
export const DEEP = '@deep@';
const DEEP_TEXT = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

/** The line of these members, its newline included. */
export function lineOf(fields: object): Buffer {
  const text = JSON.stringify(fields).replaceAll(`"${DEEP}"`, DEEP_TEXT);
  return encodeText([Buffer.from(text.slice(1))]);
}

const ABSENT = Symbol('absent');

/** What is put in place of a value: every other type, and values of each that are none of the store's. */
export const OTHERS: readonly unknown[] = [
  ...[null, true, 0, -1, 7, 1.5, 1e300, 2 ** 53, ABSENT, DEEP],
  ...[
    '',
    'x',
    '../../../../secret',
    '/etc/passwd',
    '.taskspace/x',
    'a\u0000b',
    '\ud800',
    '2026-13-45T99:99:99.999Z',
  ],
  ...['9999-12-31T23:59:59.999Z', 'A'.repeat(64), 'x'.repeat(70_000)],
  ...[[], {}, [7], { type: 7 }, JSON.parse('{"__proto__":{"x":1},"toString":7,"toJSON":7}') as unknown],
];

export interface Mutation {
  /** JSON Pointer of what was changed. */
  readonly pointer: string;
  readonly value: object;
}

/**
 * Copies of a value, each with one place in it changed to one of `others`: to `each` of them in each place.
 */
export function* mutationsOf(
  value: object,
  { others = OTHERS, each = others.length }: { others?: readonly unknown[]; each?: number } = {},
): Generator<Mutation> {
  let n = 0;
  for (const place of placesIn(value, [])) {
    // Each place has its turn with the next ones.
    for (let i = 0; i < each; i++, n++)
      yield { pointer: `/${place.join('/')}`, value: changed(value, place, others[n % others.length]) };
  }
}

function* placesIn(value: unknown, path: readonly string[]): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) yield* placesIn(member, [...path, key]);
}

function changed(value: object, path: readonly string[], other: unknown): object {
  const copy = structuredClone(value) as Record<string, unknown>;
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  if (other === ABSENT && !Array.isArray(at)) delete at[last];
  else at[last] = other === ABSENT ? null : other;
  return copy;
}
