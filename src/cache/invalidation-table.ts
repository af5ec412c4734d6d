/**
 * Which change invalidates which derived results (DESIGN.md section 4): the one table, and the tags that
 * entries carry.
 *
 * A tag is an aspect and a scope: `export:<taskspace id>`, `list:@<owner>`, `list:*`. An entry carries the
 * tags of what it was made from. A change invalidates tags; an entry with a tag that was invalidated later is
 * outdated.
 */
import type { EventType } from '../domain/event.js';
import type { Change } from '../store/ports.js';

/** What a derived result may depend on. The first are of one taskspace, the others of an owner or of all. */
export const TASKSPACE_ASPECTS = ['summary', 'messages', 'artifacts', 'detail', 'export'] as const;
export const OWNER_ASPECTS = [
  'list',
  'list+summary',
  'artifact-list',
  'search',
  'stats',
  'dashboard',
] as const;
export type Aspect = (typeof TASKSPACE_ASPECTS)[number] | (typeof OWNER_ASPECTS)[number];

type Part = 'metadata' | 'plan' | 'message' | 'artifact' | 'lease';

const EVERYTHING: readonly Aspect[] = [...TASKSPACE_ASPECTS, ...OWNER_ASPECTS];
const ALWAYS: readonly Aspect[] = ['summary', 'list+summary'];

/** Which aspects a change of each part invalidates. */
const DROPS: Readonly<Record<Part, readonly Aspect[]>> = {
  metadata: EVERYTHING,
  plan: [...ALWAYS, 'detail', 'search', 'stats', 'dashboard', 'export'],
  message: [...ALWAYS, 'messages', 'search', 'stats', 'dashboard', 'export'],
  artifact: [...ALWAYS, 'artifacts', 'artifact-list', 'search', 'stats', 'dashboard', 'export'],
  lease: [...ALWAYS, 'detail', 'dashboard'],
};

const OF_OWNERS: ReadonlySet<Aspect> = new Set<Aspect>(OWNER_ASPECTS);

export function taskspaceTag(aspect: (typeof TASKSPACE_ASPECTS)[number], id: string): string {
  return `${aspect}:${id}`;
}

/** `owner` null: results over all owners. */
export function ownerTag(aspect: (typeof OWNER_ASPECTS)[number], owner: string | null): string {
  return owner === null ? `${aspect}:*` : `${aspect}:@${owner}`;
}

/** Whether a tag is of one owner or of all owners, and not of one taskspace: no id begins so. */
export function isOwnerTag(tag: string): boolean {
  const first = tag[tag.indexOf(':') + 1];
  return first === '@' || first === '*';
}

/**
 * A change without types comes from a process that found a taskspace and does not know its previous state: it
 * may concern anything in that taskspace, and any owner that it ever had.
 */
export function invalidatesEveryOwner({ types }: Pick<Change, 'types'>): boolean {
  return types.length === 0;
}

/** Whether all of the taskspace is invalidated: one entry for it takes a fifth of its tags' memory. */
export function invalidatesWholeTaskspace({ types }: Pick<Change, 'types'>): boolean {
  return types.length === 0 || types.some((type) => partOf(type) === 'metadata');
}

/** The part behind the aspect: of a taskspace's tag its id. */
export function scopeOf(tag: string): string {
  return tag.slice(tag.indexOf(':') + 1);
}

/** The tags that a change invalidates, by name. */
export function invalidatedTags({ id, owners, types }: Pick<Change, 'id' | 'owners' | 'types'>): string[] {
  const tags: string[] = [];
  for (const aspect of aspectsOf(types)) {
    if (!OF_OWNERS.has(aspect)) tags.push(`${aspect}:${id}`);
    else {
      tags.push(`${aspect}:*`);
      for (const owner of owners) tags.push(`${aspect}:@${owner}`);
    }
  }
  return tags;
}

function aspectsOf(types: readonly EventType[]): Iterable<Aspect> {
  const [first] = types;
  if (types.length === 0) return EVERYTHING;
  if (first !== undefined && types.length === 1) return DROPS[partOf(first)];
  return new Set(types.flatMap((type) => DROPS[partOf(type)]));
}

function partOf(type: EventType): Part {
  const word = type.slice(0, type.indexOf('.'));
  if (word === 'plan' || word === 'task') return 'plan';
  if (word === 'message' || word === 'artifact' || word === 'lease') return word;
  return 'metadata';
}
