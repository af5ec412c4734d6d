/** The values in the examples of /openapi.json and /docs: one taskspace, and what is in it. */

const AT = '2026-11-29T09:30:00.000Z';
const LATER = '2026-11-29T09:31:00.000Z';
const TOKEN = 'mJ0l9q2y7w3dXc5rT8vB1nH4kP6sZaEuGiYoLfQxWjM';
const SHA256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

export const taskspace = {
  ...{ id: 'fix-dates', name: 'Fix the dates', description: 'Week numbers are wrong.', owner: 'ann' },
  ...{ status: 'active', tags: ['bug'], data: { ticket: 'T-12' }, retention: null, revision: 1 },
  ...{ createdAt: AT, createdBy: 'ann', updatedAt: AT, updatedBy: 'ann' },
};

export const progress = {
  ...{ total: 1, pending: 1, inProgress: 0, completed: 0, failed: 0, cancelled: 0, ready: 1, percent: 0 },
  halted: false,
};

export const task = {
  ...{ id: 't1', name: 'Reproduce it', goal: 'A test that fails.', agent: null, dependencies: [] },
  ...{ status: 'pending', onFailure: 'halt', result: null, error: null, metadata: {}, claim: null },
  ...{ lastClaim: null, completedBy: null, attempts: 0, finishedAt: null, revision: 1 },
};

export const claimedTask = {
  ...task,
  ...{ status: 'in_progress', attempts: 1, revision: 2 },
  claim: { agent: 'coder', claimedAt: AT, expiresAt: LATER },
};

const ended = { lastClaim: { agent: 'coder', claimedAt: AT, endedAt: LATER }, attempts: 1, revision: 3 };

export const releasedTask = { ...task, ...ended };

export const completedTask = {
  ...task,
  ...ended,
  ...{ status: 'completed', result: { commit: '4f1c2d' }, completedBy: 'coder', finishedAt: LATER },
};

export const failedTask = {
  ...task,
  ...ended,
  ...{ status: 'failed', error: 'It does not happen here.', finishedAt: LATER },
};

export const claimed = { task: claimedTask, lease: { token: TOKEN, expiresAt: LATER } };

export const plan = {
  ...{ goal: 'Week numbers as ISO 8601 has them.', tasks: [task], revision: 1, edition: 1, updatedAt: AT },
  progress,
};

export const message = {
  ...{ seq: 1, id: '1', conversation: 'default', role: 'assistant', content: 'I can see it.', parts: [] },
  ...{ from: 'coder', to: null, metadata: {}, by: 'coder', at: AT },
};

export const artifact = {
  ...{ path: 'notes/notes.md', revision: 1, size: 12, sha256: SHA256, contentType: 'text/markdown' },
  ...{ metadata: {}, message: '', by: 'ann', at: AT, deleted: false },
};

export const summary = {
  ...{ id: 'fix-dates', commit: 4, messages: { count: 1, bytes: 13, lastSeq: 1, conversations: 1 } },
  ...{ artifacts: { count: 1, bytes: 12, revisions: 1, storedBytes: 12 }, tasks: progress },
  ...{ claims: 0, leases: 0, lastActivityAt: AT, refused: [] },
};

export const change = {
  ...{ position: '1.512.4', taskspace: 'fix-dates', commit: 4, types: ['artifact.written'] },
  ...{ by: 'ann', at: AT, refs: ['notes/notes.md'] },
};

export const lease = { name: 'deploy', holder: 'coder', fence: 1, expiresAt: LATER };
export const grantedLease = { ...lease, token: TOKEN };
export const token = { token: TOKEN };

export const conversation = {
  ...{ conversation: 'default', count: 1, firstSeq: 1, lastSeq: 1, firstAt: AT, lastAt: AT },
};

export const hit = {
  ...{ type: 'message', taskspace: 'fix-dates', ref: '1', title: 'coder', score: 0.5, at: AT },
  snippet: 'I can <mark>see</mark> it.',
};

export const deletedTaskspace = {
  ...{ id: 'old', name: 'Old', owner: 'ann', bytes: 2_048, deletedAt: AT },
  purgeAt: '2026-12-06T09:30:00.000Z',
};

const statuses = { draft: 0, active: 1, completed: 0, failed: 0, archived: 0 };

export const dashboard = {
  ...{ position: '1.512.4', owner: 'ann', taskspaces: { total: 1, ...statuses }, tasks: progress },
  ...{ newest: [taskspace], activity: [change], claims: [], escalations: [] },
  storage: { artifactBytes: 12, storedBytes: 12, journalBytes: 1_024, catalogBytes: 65_536 },
};

export const taskspaceDashboard = {
  ...{ taskspace, summary, activity: [change], claims: [], escalations: [] },
};

export const stats = {
  ...{ position: '1.512.4', owner: null, taskspaces: 1, messages: 1, artifacts: 1, revisions: 1 },
  ...{ tasks: 1, bytes: 12, byStatus: statuses, completionRate: 0 },
  tasksByStatus: { pending: 1, in_progress: 0, completed: 0, failed: 0, cancelled: 0 },
  days: [{ day: '2026-11-29', taskspaces: 1, messages: 1, revisions: 1, tasksCompleted: 0, bytes: 12 }],
};

const times = { p50Us: 3, p95Us: 8, p99Us: 20 };
const tier = {
  ...{ entries: 10, bytes: 20_480, maxBytes: 33_554_432, hits: 90, misses: 10, hitRate: 0.9 },
  ...{ evictions: { size: 0, ttl: 2 }, invalidations: 5, ...times },
};
const ofKind = { l1: tier, l2: null };

export const cacheStats = {
  ...{ at: AT, mode: { memory: true, redis: false, bus: 'ipc', consistency: 'strict' } },
  tiers: { ...ofKind, store: { reads: 10, ...times } },
  kinds: { detail: ofKind, list: ofKind, search: ofKind, dashboard: ofKind, stats: ofKind, export: ofKind },
  workers: [{ worker: 1, l1: tier }],
  bus: { state: 'ok', published: 4, received: 4, applied: 4, gaps: 0, lagP50Ms: 0.4, lagP99Ms: 2 },
  redis: { state: 'off', breaker: 'closed', bytes: null },
  staleness: { samples: 4, p99Ms: 2, maxMs: 2 },
  top: { hits: [{ key: 'detail:fix-dates:summary', n: 40 }], misses: [], bytes: [] },
  warming: { lastRunAt: AT, warmed: 12, failed: 0 },
};

const well = { status: 'ok', detail: 'well' };
const off = { status: 'off', detail: 'not configured' };
export const cacheHealth = { status: 'ok', store: well, l1: well, l2: off, bus: well, warming: well };

export const cacheKey = {
  ...{ key: 'detail:fix-dates:summary', kind: 'detail', tier: 'l1', workers: [1], bytes: 420 },
  ...{ ageMs: 1_200, ttlMs: 1_798_800 },
};

const { position: _position, ...ofTaskspace } = change;
export const serverEvent = `id: 1.512.4\nevent: artifact.written\ndata: ${JSON.stringify(change)}\n\n`;
export const taskspaceEvent = `id: 4\nevent: artifact.written\ndata: ${JSON.stringify(ofTaskspace)}\n\n`;

export function page(item: object): object {
  return { items: [item], nextCursor: null };
}
