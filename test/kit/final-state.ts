/**
 * What a data folder holds at the end, as the ledger wants it: read from the journals by the plain fold,
 * which shares nothing with the server's. Values are the marks that clients put into what they write (see
 * recorder.ts).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Counting, plainFold } from '../store/journal/plain-fold.js';
import type { FinalState, Written } from './ledger.js';

/** @param ids only these taskspaces; all of them when absent. */
export function finalState(dataDir: string, ids: readonly string[] = idsIn(dataDir)): FinalState {
  const commits = new Map<string, number[]>();
  const resources = new Map<string, Written[]>();
  for (const id of ids) {
    const records = plainFold(readFileSync(journalFile(dataDir, id)));
    commits.set(
      id,
      records.map(({ commit }) => commit),
    );
    for (const { resource, revision, value } of writtenIn(id, records)) {
      const list = resources.get(resource) ?? [];
      // A replaced plan names the tasks that it leaves as they are once more.
      if (list.at(-1)?.revision !== revision || !resource.includes('/tasks/')) list.push({ revision, value });
      resources.set(resource, list);
    }
  }
  return { commits, resources };
}

export function idsIn(dataDir: string): string[] {
  return readdirSync(join(dataDir, 'taskspaces')).filter((name) => !name.startsWith('.'));
}

export function journalFile(dataDir: string, id: string): string {
  return join(dataDir, 'taskspaces', id, 'journal.jsonl');
}

type Placed = Written & { readonly resource: string };

interface TaskLike {
  id: string;
  revision: number;
  goal?: string;
}

function* writtenIn(id: string, records: readonly Counting[]): Generator<Placed> {
  for (const event of records.flatMap(({ events }) => events)) {
    switch (event.type) {
      case 'message.posted': {
        const { seq, content } = event.message as { seq: number; content?: string };
        yield { resource: `${id}/messages`, revision: seq, value: content || null };
        break;
      }
      case 'taskspace.created':
      case 'taskspace.updated': {
        const { description } = (event.metadata ?? event.set) as { description?: string };
        yield { resource: `${id}/metadata`, revision: event.revision as number, value: description || null };
        break;
      }
      case 'plan.replaced':
        for (const task of event.tasks as TaskLike[]) yield taskWritten(id, task);
        break;
      case 'task.added':
        yield taskWritten(id, event.task as TaskLike);
        break;
      case 'task.changed':
        yield taskWritten(id, { ...(event.set as TaskLike), id: event.id as string });
        break;
      case 'artifact.written': {
        const { path, revision, message } = event.artifact as {
          path: string;
          revision: number;
          message: string;
        };
        yield { resource: `${id}/artifacts/${path}`, revision, value: message || null };
        break;
      }
      case 'artifact.deleted':
        yield {
          resource: `${id}/artifacts/${event.path as string}`,
          revision: event.revision as number,
          value: null,
        };
        break;
    }
  }
}

function taskWritten(id: string, { id: task, revision, goal }: TaskLike): Placed {
  return { resource: `${id}/tasks/${task}`, revision, value: goal || null };
}
