/** The taskspaces that the trace is about, and each of its requests as it goes to a server. */
import type { Scenario } from '../../demo/scenario.js';
import { messageOf, tasksOf } from '../folders.js';
import type { Request } from './trace.js';

const FILTERS = ['', '&status=active', '&sort=name', '&tag=even'] as const;

export function ownerName(owner: number): string {
  return `owner-${owner}`;
}

export function projectId(project: number): string {
  return `c${project}`;
}

/** Queries find the texts of messages, artifacts and tasks of their owner. */
export function queryWord(variant: number): string {
  return `topic${String.fromCharCode(97 + variant)}`;
}

export function scenarioOf(project: number, owner: number): Scenario {
  const words = Array.from({ length: 20 }, (_, n) => queryWord((project + n) % 20));
  return {
    ...{ slug: projectId(project), name: `Project ${project}`, description: words[0] ?? '' },
    ...{ owner: ownerName(owner), status: project % 5 === 0 ? 'draft' : 'active' },
    tags: [project % 2 === 0 ? 'even' : 'odd'],
    goal: 'Be read',
    tasks: tasksOf(6),
    messages: Array.from({ length: 4 }, (_, n) => ({
      ...messageOf(n),
      content: `${messageOf(n).content} ${words[n] ?? ''}`,
    })),
    artifacts: [
      {
        path: 'notes.md',
        revisions: [{ by: 'bench', message: '', content: `# Notes\n\n${words.join(' ')}\n` }],
      },
    ],
  };
}

export function targetOf({ kind, project, owner, variant }: Request): string {
  const name = ownerName(owner);
  if (kind === 'dashboard') return `/api/dashboard?owner=${name}`;
  if (kind === 'list') return `/api/taskspaces?owner=${name}${FILTERS[variant] ?? ''}`;
  if (kind === 'search') return `/api/search?owner=${name}&q=${queryWord(variant)}`;
  return `/api/taskspaces/${projectId(project)}`;
}

/** @param n makes every write another one. */
export function writeOf(
  { kind, project, owner }: Request,
  n: number,
): [method: string, target: string, body: object | Buffer] {
  const base = `/api/taskspaces/${projectId(project)}`;
  const word = queryWord((owner + n) % 20);
  if (kind === 'metadata') return ['PATCH', base, { description: `Change ${n}, ${word}` }];
  if (kind === 'plan') return ['PATCH', `${base}/plan/tasks/t${n % 6}`, { goal: `Goal ${n}, ${word}` }];
  if (kind === 'message') return ['POST', `${base}/messages`, { content: `Message ${n}, ${word}` }];
  return ['PUT', `${base}/artifacts/notes.md`, Buffer.from(`# Notes ${n}\n\n${word}\n`)];
}
