/** Use cases on taskspaces themselves: metadata, creation, deletion, the list. */
import { createHash, randomBytes } from 'node:crypto';
import { toTaskspaceJson } from '../../contract/views.js';
import {
  createTaskspace,
  deleteTaskspace,
  patchTaskspace,
  putTaskspace,
  requireLive,
} from '../../domain/command.js';
import type { Commit, Event } from '../../domain/event.js';
import { isLive, type State } from '../../domain/state.js';
import type { Metadata, MetadataInput, MetadataPatch } from '../../domain/taskspace.js';
import { etagOf, type Precondition } from '../../domain/version.js';
import type { Store } from '../../store/ports.js';
import { requireAccess, requireCreation, requireScope } from '../access.js';
import type { ReadAnswer, StreamAnswer, WriteAnswer } from '../answer.js';
import { byOf, type Caller } from '../caller.js';
import type { RequestKey } from '../context.js';
import { hashKey, type Rendering, tierOf, type UseCaseContext, write } from '../context.js';
import { type CatalogContext, isWithoutCatalog } from '../overview/catalog-context.js';
import { taskspaceDashboardRequest } from '../overview/dashboard.js';
import { type TaskspacesQuery, taskspacesRequest } from '../overview/lists.js';
import { exportStream, STREAM_ABOVE_MESSAGE_BYTES } from '../transfer/export-json.js';
import { exportRequest, readDerived, summaryRequest } from './derived-reads.js';
import { isPlain, listFromFolders } from './folder-list.js';
import { readyBody } from './ready-bodies.js';
import { type CreationDigits, timeId } from './ulid.js';

/** How many ids a key can have used: one for each day it was used again. */
const KEYED_IDS_MAX = 1000;

export type TaskspaceUseCases = ReturnType<typeof taskspaceUseCases>;

export function taskspaceUseCases(context: UseCaseContext, store: Store, catalog: CatalogContext) {
  const { l1 } = context;
  return {
    async create(
      caller: Caller,
      { id: given, ...input }: MetadataInput & { id?: string | undefined },
      key: RequestKey | null,
    ): Promise<WriteAnswer> {
      const id =
        given ?? (key ? await keyedId(context, caller, key) : timeId(context.clock.nowMs(), randomDigits));
      requireCreation(caller, id);
      return write(context, {
        caller,
        id,
        decide: createTaskspace(input),
        show: (_state, commit) => createdJson(id, commit),
        key: { request: key, show: (commit) => createdJson(id, commit) },
      });
    },

    async put(caller: Caller, id: string, input: MetadataInput, pre: Precondition): Promise<WriteAnswer> {
      requireCreation(caller, id);
      return write(context, {
        caller,
        id,
        decide: putTaskspace(input, pre),
        show: (state, commit) => (isCreation(commit) ? createdJson(id, commit) : currentJson(state)),
      });
    },

    async get(caller: Caller, id: string): Promise<ReadAnswer> {
      requireAccess(caller, 'read', id);
      return l1.use(id, async (cached, hit) => {
        const { body, etag } = await readyBody(cached, requireLiveState(cached.folder.state), 'detail');
        return { body, etag, cache: tierOf(hit) };
      });
    },

    async patch(caller: Caller, id: string, patch: MetadataPatch, pre: Precondition): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      return write(context, { caller, id, decide: patchTaskspace(patch, pre), show: currentJson });
    },

    async remove(caller: Caller, id: string, pre: Precondition): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      const show = (): Rendering => ({ status: 204, body: undefined, etag: null, location: null });
      return write(context, { caller, id, decide: deleteTaskspace(pre), show });
    },

    async summary(caller: Caller, id: string): Promise<ReadAnswer> {
      requireAccess(caller, 'read', id);
      return readDerived(context, summaryRequest(context, id));
    },

    /** Everything as one JSON document, as of one commit. A large one is a stream. */
    async exportJson(caller: Caller, id: string): Promise<ReadAnswer | StreamAnswer> {
      requireAccess(caller, 'read', id);
      const found = await l1.use(id, ({ folder }, hit) => {
        const state = requireLiveState(folder.state);
        const large = state.messages.bytes > STREAM_ABOVE_MESSAGE_BYTES;
        return large ? { stream: exportStream(folder, state), cache: tierOf(hit) } : state.metadata.owner;
      });
      return typeof found === 'string' ? readDerived(context, exportRequest(context, id, found)) : found;
    },

    /** The newest changes, claims and escalations beside metadata and summary. */
    async dashboard(caller: Caller, id: string): Promise<ReadAnswer> {
      requireAccess(caller, 'read', id);
      return readDerived(context, taskspaceDashboardRequest(context, id));
    },

    /** From the catalog; without it by id alone. Errors: 503 `catalog_behind`, `catalog_unavailable`. */
    async list(caller: Caller, query: TaskspacesQuery): Promise<ReadAnswer> {
      requireScope(caller, 'read');
      const request = taskspacesRequest(catalog, caller, query);
      try {
        return await readDerived(context, request);
      } catch (error) {
        if (isPlain(query) && isWithoutCatalog(error)) return listFromFolders(context, store, caller, query);
        throw error;
      }
    },
  };
}

/** The state of a live taskspace; throws 404 otherwise. */
function requireLiveState(state: State): State & { metadata: Metadata } {
  requireLive(state);
  return state;
}

function isCreation(commit: Commit | null): commit is Commit {
  return commit?.events[0]?.type === 'taskspace.created';
}

/** The answer of a creation from its commit alone, so that a repeated key gets the same. */
function createdJson(id: string, commit: Commit | null): Rendering {
  const event = commit?.events[0];
  if (!commit || event?.type !== 'taskspace.created') throw new Error('a creation makes a taskspace.created');
  const metadata = createdMetadata(event, commit);
  return {
    status: 201,
    body: toTaskspaceJson(id, metadata),
    etag: etagOf(metadata),
    location: `/api/taskspaces/${id}`,
  };
}

function createdMetadata(
  event: Extract<Event, { type: 'taskspace.created' }>,
  { id, by, time }: Commit,
): Metadata {
  return {
    ...event.metadata,
    revision: event.revision,
    tag: id.slice(0, 8),
    by,
    at: time,
    createdAt: time,
    createdBy: by,
  };
}

function currentJson(state: State): Rendering {
  const { metadata } = requireLiveState(state);
  return { status: 200, body: toTaskspaceJson(state.id, metadata), etag: etagOf(metadata), location: null };
}

/**
 * The id that a key makes: derived from caller and key, so that every repeat finds the first one.
 * After its 24 hours the key makes a new taskspace: the next id of the same sequence that is free or
 * still within its time.
 */
async function keyedId({ l1, clock }: UseCaseContext, caller: Caller, request: RequestKey): Promise<string> {
  const { key } = hashKey(caller, request);
  for (let n = 0; n < KEYED_IDS_MAX; n++) {
    const digest = createHash('sha256')
      .update(JSON.stringify([byOf(caller), request.key, n]))
      .digest();
    const id = timeId(null, (count) => digest.subarray(0, count));
    const free = await l1.use(id, ({ folder: { state } }) => {
      if (!isLive(state)) return true;
      const used = state.keys.get(key);
      return used !== undefined && clock.keyLeftMs(key, used) > 0;
    });
    if (free) return id;
  }
  throw new Error('an idempotency key has been used for too many taskspaces');
}

const randomDigits: CreationDigits = (count) => randomBytes(count);
