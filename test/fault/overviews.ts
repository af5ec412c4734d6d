/**
 * What spans taskspaces, checked against what one client has written: a lane is an owner of its own, so that
 * its lists, dashboards and stats are known exactly, whatever other lanes do.
 */

import type { Answer } from '../../scripts/http-request.js';
import type { Connection } from '../kit/http-connection.js';
import { api, demand } from '../kit/recorder.js';
import type { Chance } from '../kit/seed.js';

export const WRITES = [
  'metadata',
  'task',
  'message',
  'artifact',
  'claim',
  'complete',
  'lease',
  'create',
  'remove',
] as const;
export type Write = (typeof WRITES)[number];
export const READS = ['list', 'summaries', 'search', 'artifacts', 'dashboard', 'stats'] as const;
export type Read = (typeof READS)[number];

/** Longer than a run: a lapsed claim would be taken anew. */
const LEASE_SECONDS = 3600;

interface Space {
  commit: number;
  name: string;
  messages: number;
  revisions: number;
  /** Tasks that wait, that are claimed with their tokens, and how many are completed. */
  waiting: number;
  claimed: { id: string; token: string }[];
  completed: number;
}

export class OverviewLane {
  /** What the last write brought that a search can find; null: nothing. */
  private word: string | null = null;
  private latest: { taskspace: string; commit: number } | null = null;
  private readonly spaces = new Map<string, Space>();
  private n = 0;

  constructor(
    private readonly owner: string,
    private readonly chance: Chance,
  ) {}

  /** One write through this connection; of another kind when this one has nothing to work on. */
  async write(here: Connection, kind: Write): Promise<Write> {
    const ids = [...this.spaces.keys()];
    const [id] = ids.length === 0 ? [] : [this.chance.pick(ids)];
    const space = id === undefined ? undefined : this.spaces.get(id);
    this.word = null;
    if (id === undefined || !space || kind === 'create') return this.create(here);
    if (kind === 'remove') return ids.length > 3 ? this.remove(here, id) : this.create(here);
    if (kind === 'complete' && space.claimed.length === 0) return this.write(here, 'claim');
    if (kind === 'claim' && space.waiting === 0) return this.write(here, 'task');
    const answer = await this.change(here, id, space, kind);
    space.commit = commitOf(answer);
    this.latest = { taskspace: id, commit: space.commit };
    return kind;
  }

  /** What is wrong with what this connection is shown; null: nothing. */
  async check(there: Connection, read: Read): Promise<string | null> {
    const [wanted, found] = await this[read](there);
    const [x, y] = [JSON.stringify(wanted), JSON.stringify(found)];
    return x === y ? null : `${read}: ${y} instead of ${x}`;
  }

  private async create(here: Connection): Promise<Write> {
    const id = `${this.owner}-${++this.n}`;
    const name = this.newWord();
    const body = { id, name, owner: this.owner };
    const answer = demand(await here.ask('POST', '/api/taskspaces', { body }), 201);
    const commit = commitOf(answer);
    this.spaces.set(id, { commit, name, messages: 0, revisions: 0, waiting: 0, claimed: [], completed: 0 });
    this.latest = { taskspace: id, commit };
    return 'create';
  }

  private async remove(here: Connection, id: string): Promise<Write> {
    demand(await here.ask('DELETE', api(id)), 204);
    this.spaces.delete(id);
    this.latest = null;
    return 'remove';
  }

  private async change(here: Connection, id: string, space: Space, kind: Write): Promise<Answer> {
    const ask = async (method: string, path: string, body: object, status: number): Promise<Answer> =>
      demand(await here.ask(method, api(id, path), { body }), status);
    switch (kind) {
      case 'metadata':
        space.name = this.newWord();
        return ask('PATCH', '', { name: space.name }, 200);
      case 'task':
        space.waiting++;
        return ask('POST', '/plan/tasks', { name: this.newWord() }, 201);
      case 'message':
        space.messages++;
        return ask('POST', '/messages', { content: this.newWord() }, 201);
      case 'lease':
        return ask('POST', `/leases/l${++this.n}`, { holder: 'x' }, 200);
      case 'claim': {
        const answer = await ask('POST', '/plan/claim', { agent: 'x', leaseSeconds: LEASE_SECONDS }, 200);
        const { task, lease } = answer.json as { task: { id: string }; lease: { token: string } };
        space.waiting--;
        space.claimed.push({ id: task.id, token: lease.token });
        return answer;
      }
      case 'complete': {
        const claim = space.claimed.pop();
        space.completed++;
        return ask('POST', `/plan/tasks/${claim?.id}/complete`, { token: claim?.token }, 200);
      }
      default: {
        space.revisions++;
        const word = Buffer.from(this.newWord());
        const headers = { 'Content-Type': 'text/plain' };
        const answer = await here.ask('PUT', api(id, '/artifacts/x.txt'), { headers, body: word });
        return demand(answer, 200, 201);
      }
    }
  }

  private async list(there: Connection): Promise<[unknown, unknown]> {
    const { items } = await get<{ items: { id: string; name: string }[] }>(there, this.path('taskspaces'));
    const wanted = [...this.spaces].map(([id, { name }]) => `${id} ${name}`);
    return [wanted.sort(), items.map(({ id, name }) => `${id} ${name}`).sort()];
  }

  private async summaries(there: Connection): Promise<[unknown, unknown]> {
    const path = `${this.path('taskspaces')}&include=summary`;
    const { items } = await get<{ items: { id: string; summary: { commit: number } }[] }>(there, path);
    const wanted = [...this.spaces].map(([id, { commit }]) => `${id} ${commit}`);
    return [wanted.sort(), items.map(({ id, summary }) => `${id} ${summary.commit}`).sort()];
  }

  private async search(there: Connection): Promise<[unknown, unknown]> {
    if (this.word === null) return [null, null];
    const path = `${this.path('search')}&q=${this.word}`;
    const { items } = await get<{ items: { taskspace: string }[] }>(there, path);
    return [[this.latest?.taskspace], items.map(({ taskspace }) => taskspace)];
  }

  private async artifacts(there: Connection): Promise<[unknown, unknown]> {
    const path = this.path('artifacts');
    const { items } = await get<{ items: { taskspace: string; revision: number }[] }>(there, path);
    const wanted = [...this.spaces].filter(([, { revisions }]) => revisions > 0);
    return [
      wanted.map(([id, { revisions }]) => `${id} ${revisions}`).sort(),
      items.map(({ taskspace, revision }) => `${taskspace} ${revision}`).sort(),
    ];
  }

  private async dashboard(there: Connection): Promise<[unknown, unknown]> {
    const found = await get<{
      taskspaces: { total: number };
      tasks: { inProgress: number; completed: number };
      activity: { taskspace: string; commit: number }[];
      claims: unknown[];
    }>(there, this.path('dashboard'));
    const [newest] = found.activity;
    const claimed = this.sum(({ claimed }) => claimed.length);
    return [
      [this.spaces.size, claimed, this.sum(({ completed }) => completed), Math.min(50, claimed), this.latest],
      [
        found.taskspaces.total,
        found.tasks.inProgress,
        found.tasks.completed,
        found.claims.length,
        this.latest && newest ? { taskspace: newest.taskspace, commit: newest.commit } : null,
      ],
    ];
  }

  private async stats(there: Connection): Promise<[unknown, unknown]> {
    const found = await get<Record<'taskspaces' | 'messages' | 'revisions' | 'tasks', number>>(
      there,
      this.path('stats'),
    );
    const tasks = this.sum(({ waiting, claimed, completed }) => waiting + claimed.length + completed);
    return [
      [this.spaces.size, this.sum(({ messages }) => messages), this.sum(({ revisions }) => revisions), tasks],
      [found.taskspaces, found.messages, found.revisions, found.tasks],
    ];
  }

  private sum(of: (space: Space) => number): number {
    return [...this.spaces.values()].reduce((all, space) => all + of(space), 0);
  }

  private path(what: string): string {
    return `/api/${what}?owner=${this.owner}${what === 'dashboard' || what === 'stats' ? '' : '&limit=500'}`;
  }

  private newWord(): string {
    this.word = `${this.owner}word${++this.n}`;
    return this.word;
  }
}

function commitOf({ headers }: Answer): number {
  return Number(headers['x-commit']);
}

async function get<T>(there: Connection, path: string): Promise<T> {
  return demand(await there.ask('GET', path), 200).json as T;
}
