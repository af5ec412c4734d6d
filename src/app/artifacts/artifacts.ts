/**
 * Use cases on artifacts. The bytes are never gathered in memory: uploads stream into an object,
 * downloads out of one.
 */

import type { Readable } from 'node:stream';
import { toArtifactJson } from '../../contract/views.js';
import { type ArtifactPatch, type ArtifactRevision, compareBytes, newestOf } from '../../domain/artifact.js';
import {
  checkWritable,
  deleteArtifact,
  patchArtifact,
  putArtifact,
  requireBytes,
  requireHistory,
  requireLiveArtifact,
  requireRevision,
} from '../../domain/artifact-command.js';
import { requireLive } from '../../domain/command.js';
import type { JsonObject } from '../../domain/json.js';
import type { State } from '../../domain/state.js';
import { etagOf, type Precondition } from '../../domain/version.js';
import { requireAccess } from '../access.js';
import type { ContentAnswer, ReadAnswer, WriteAnswer } from '../answer.js';
import type { Caller } from '../caller.js';
import { type Rendering, read, tierOf, type UseCaseContext, write, writeOn } from '../context.js';
import { decodeCursor, encodeCursor, type Page } from '../cursor.js';

/** The body of an artifact PUT, not yet read. */
export interface Upload {
  readonly stream: Readable;
  /** `Content-Length`; null when chunked. */
  readonly length: number | null;
  /** Lower-case hex of `Repr-Digest`; null when not sent. */
  readonly sha256: string | null;
  readonly contentType: string;
  readonly metadata: JsonObject;
  readonly message: string;
}

const DEFAULT_TYPE = 'application/octet-stream';

export type ArtifactUseCases = ReturnType<typeof artifactUseCases>;

export function artifactUseCases(context: UseCaseContext) {
  const { l1 } = context;
  return {
    async put(
      caller: Caller,
      id: string,
      path: string,
      upload: Upload,
      pre: Precondition,
    ): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      return l1.use(id, async (cached): Promise<WriteAnswer> => {
        const { folder } = cached;
        // Checked before a byte is read; decided again on the state that the commit meets.
        checkWritable(folder.state, path, pre);
        const received = await folder.receive(upload.stream, {
          bytesMax: context.artifactBytesMax,
          sha256: upload.sha256,
        });
        const { contentType, metadata, message } = upload;
        let created = false;
        const decide = putArtifact(path, { ...received, contentType, metadata, message }, pre);
        return writeOn(cached, {
          caller,
          id,
          decide: (state, now) => {
            created = newestOf(state.artifacts.get(path))?.deleted !== false;
            return decide(state, now);
          },
          show: (state) => writtenJson(state, path, created ? 201 : 200),
        });
      });
    },

    async patch(
      caller: Caller,
      id: string,
      path: string,
      patch: ArtifactPatch,
      pre: Precondition,
    ): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      const decide = patchArtifact(path, patch, DEFAULT_TYPE, pre);
      return write(context, { caller, id, decide, show: (state) => writtenJson(state, path, 200) });
    },

    async content(caller: Caller, id: string, path: string, revision: number | null): Promise<ContentAnswer> {
      requireAccess(caller, 'read', id);
      return l1.use(id, async ({ folder }, hit) => {
        const { state } = folder;
        // Started before it is known whether there is anything to serve: leftovers of a
        // deletion are removed too.
        const repaired = revision === null ? folder.repairMirror(path) : undefined;
        const artifact =
          revision === null
            ? requireLiveArtifact(state, path)
            : requireBytes(requireRevision(state, path, revision));
        await repaired;
        const { sha256, size } = artifact;
        return {
          artifact,
          etag: etagOf(artifact),
          cache: tierOf(hit),
          open: (range) => folder.readObject({ sha256, size }, range),
        };
      });
    },

    async metadata(caller: Caller, id: string, path: string, revision: number | null): Promise<ReadAnswer> {
      return read(context, caller, id, ({ folder: { state } }) => {
        const artifact =
          revision === null ? requireLiveArtifact(state, path) : requireRevision(state, path, revision);
        return { value: toArtifactJson(artifact), etag: etagOf(artifact) };
      });
    },

    async remove(caller: Caller, id: string, path: string, pre: Precondition): Promise<WriteAnswer> {
      requireAccess(caller, 'write', id);
      const show = (): Rendering => ({ status: 204, body: undefined, etag: null, location: null });
      return write(context, { caller, id, decide: deleteArtifact(path, pre), show });
    },

    async list(
      caller: Caller,
      id: string,
      { prefix, deleted, limit, cursor }: Page & { prefix: string; deleted: boolean },
    ): Promise<ReadAnswer> {
      return read(context, caller, id, ({ folder: { state } }) => {
        const list = ['artifacts', id, prefix, deleted];
        const after = decodeCursor<string>(list, cursor, 'string');
        const all = newestRevisions(state)
          .filter((artifact) => artifact.path.startsWith(prefix) && (deleted || !artifact.deleted))
          .sort((a, b) => compareBytes(a.path, b.path));
        const rest = after === null ? all : all.filter(({ path }) => compareBytes(path, after) > 0);
        const items = rest.slice(0, limit);
        const last = items.at(-1);
        const nextCursor = rest.length > items.length && last ? encodeCursor(list, last.path) : null;
        return { value: { items: items.map(toArtifactJson), nextCursor } };
      });
    },

    async revisions(caller: Caller, id: string, path: string, { limit, cursor }: Page): Promise<ReadAnswer> {
      return read(context, caller, id, ({ folder: { state } }) => {
        const list = ['revisions', id, path];
        const below = decodeCursor<number>(list, cursor, 'number') ?? Number.MAX_SAFE_INTEGER;
        const rest = requireHistory(state, path)
          .revisions.filter(({ revision }) => revision < below)
          .reverse();
        const items = rest.slice(0, limit);
        const last = items.at(-1);
        const nextCursor = rest.length > items.length && last ? encodeCursor(list, last.revision) : null;
        return { value: { items: items.map(toArtifactJson), nextCursor } };
      });
    },
  };
}

function newestRevisions(state: State): ArtifactRevision[] {
  const newest: ArtifactRevision[] = [];
  for (const history of state.artifacts.values()) {
    const revision = newestOf(history);
    if (revision) newest.push(revision);
  }
  return newest;
}

function writtenJson(state: State, path: string, status: 200 | 201): Rendering {
  requireLive(state);
  const artifact = requireLiveArtifact(state, path);
  const location =
    status === 201
      ? `/api/taskspaces/${state.id}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`
      : null;
  return { status, body: toArtifactJson(artifact), etag: etagOf(artifact), location };
}
