/**
 * Writes a draft so that it can be killed anywhere and be run again: the taskspace is born with
 * `data.source.complete: false`, everything after that can be repeated or is counted first, and the final
 * metadata comes last. Idempotency keys name the source, the taskspace's birth and the place, so that they
 * hold for this life of the taskspace only.
 */

import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { type Answer, ApiError, type Client, type Taskspace } from '../../src/client/index.js';
import type { Draft, DraftArtifact } from './draft.js';
import { postEntries } from './entry-log.js';
import { PAGE } from './message-log.js';
import { getOrNull, sourceOf } from './place.js';

const UPLOADS_AT_ONCE = 4;
const FINISH_ATTEMPTS = 5;

export type OnProgress = (fraction: number) => void;

/**
 * Makes the taskspace, not yet complete. Throws what the server answers when somebody else has made one
 * meanwhile.
 */
export async function begin(client: Client, id: string, draft: Draft): Promise<Answer<Taskspace>> {
  const data = { source: { ...draft.source, complete: false } };
  try {
    return await client.taskspaces.put(id, { name: draft.name, status: 'draft', data }, { ifNoneMatch: '*' });
  } catch (error) {
    // The answer to the first attempt may have been lost, and then this is our own.
    const there = error instanceof ApiError && error.mayHaveHappened ? await getOrNull(client, id) : null;
    if (there && sourceOf(there.value)?.sha256 === draft.source.sha256) return there;
    throw error;
  }
}

/** Brings everything that is missing, then the final metadata. */
export async function complete(
  client: Client,
  taskspace: Taskspace,
  draft: Draft,
  onProgress: OnProgress,
): Promise<void> {
  const { id, createdAt } = taskspace;
  const { artifacts, totals } = draft;
  const there = new Map<string, string | null>();
  for await (const { path, sha256 } of client.artifacts.list(id, { limit: PAGE })) there.set(path, sha256);
  const first = artifacts.length / (artifacts.length + totals.messages + totals.tasks + 1);
  let done = 0;
  await putMissing(client, id, artifacts, there, () => onProgress((first * ++done) / artifacts.length));
  const { entries, plan } = draft.content((fraction) => onProgress(first + (1 - first) * fraction));
  const keyBase = `import:${draft.source.sha256.slice(0, 32)}:${createdAt}`;
  await postEntries(client, id, entries, keyBase, (named) => putMissing(client, id, named, there));
  const steps = plan();
  if (steps) await client.plan.put(id, steps);
  await finish(client, id, draft);
}

async function putMissing(
  client: Client,
  id: string,
  artifacts: readonly DraftArtifact[],
  there: ReadonlyMap<string, string | null>,
  advance: () => void = () => undefined,
): Promise<void> {
  const queue = artifacts.values();
  const uploads = Array.from({ length: UPLOADS_AT_ONCE }, async () => {
    for (const artifact of queue) {
      if (there.get(artifact.path) !== artifact.sha256) await putArtifact(client, id, artifact);
      advance();
    }
  });
  await Promise.all(uploads);
}

async function putArtifact(client: Client, id: string, artifact: DraftArtifact): Promise<void> {
  const { path, content, contentType, sha256, size } = artifact;
  const body =
    content instanceof Uint8Array
      ? content
      : () =>
          Readable.toWeb(
            createReadStream(content.file, { end: Math.max(0, size - 1) }),
          ) as ReadableStream<Uint8Array>;
  await client.artifacts.put(id, path, body, { contentType, sha256 });
}

/**
 * The last write: only now the import is complete. What people have changed meanwhile (name, tags, owner)
 * stays.
 */
async function finish(client: Client, id: string, draft: Draft): Promise<void> {
  const data = { source: draft.source, ...draft.data };
  for (let attempt = 1; ; attempt++) {
    const { value, etag } = await client.taskspaces.get(id);
    const { name, description, owner, tags, retention } = value;
    try {
      await client.taskspaces.put(
        id,
        { name, description, owner, tags, retention, status: draft.status, data },
        { ifMatch: etag ?? undefined },
      );
      return;
    } catch (error) {
      const moved = error instanceof ApiError && error.code === 'precondition_failed';
      if (!moved || attempt >= FINISH_ATTEMPTS) throw error;
    }
  }
}
