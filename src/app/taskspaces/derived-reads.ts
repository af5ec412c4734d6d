/** Reads that are cached as derived results: summary, conversations, export as JSON. */

import type { DerivedBody, DerivedRequest } from '../../cache/derived.js';
import { taskspaceTag } from '../../cache/invalidation-table.js';
import { toSummaryJson } from '../../contract/views.js';
import { compareBytes } from '../../domain/artifact.js';
import { requireLive } from '../../domain/command.js';
import { jsonDocument } from '../../domain/json.js';
import type { Taskspace } from '../../store/ports.js';
import type { ReadAnswer } from '../answer.js';
import { bodyTag, type UseCaseContext } from '../context.js';
import type { Page } from '../cursor.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { exportBuffer } from '../transfer/export-json.js';

export async function readDerived(
  { derived }: Pick<UseCaseContext, 'derived'>,
  request: DerivedRequest,
): Promise<ReadAnswer> {
  const { body, etag, tier } = await derived.get(request);
  return { body, etag, cache: tier };
}

export function summaryRequest(context: UseCaseContext, id: string): DerivedRequest {
  const load = fromFolder(context, id, (folder) =>
    json(toSummaryJson(folder.state, folder.damagedArtifacts())),
  );
  // Damage is no commit, so it invalidates no tag.
  const damage = context.damageVersion(id);
  const key = damage === '' ? `detail:${id}:summary` : `detail:${id}:summary:${damage}`;
  return { kind: 'detail', key, tags: [taskspaceTag('summary', id)], load };
}

export function exportRequest(context: UseCaseContext, id: string, owner: string): DerivedRequest {
  const load = fromFolder(context, id, async (folder) => {
    requireLive(folder.state);
    return withTag(await exportBuffer(folder, folder.state));
  });
  return { kind: 'export', key: `export:${owner}:${id}`, tags: [taskspaceTag('export', id)], load };
}

export function conversationsRequest(
  context: UseCaseContext,
  id: string,
  { limit, cursor }: Page,
): DerivedRequest {
  const list = ['conversations', id];
  const after = decodeCursor<string>(list, cursor, 'string');
  const load = fromFolder(context, id, ({ state }) => {
    const all = [...state.conversations.values()].sort((a, b) =>
      compareBytes(a.conversation, b.conversation),
    );
    const rest =
      after === null ? all : all.filter(({ conversation }) => compareBytes(conversation, after) > 0);
    const items = rest.slice(0, limit);
    const last = items.at(-1);
    return json({
      items,
      nextCursor: rest.length > items.length && last ? encodeCursor(list, last.conversation) : null,
    });
  });
  const key = `detail:${id}:conversations:${limit}:${after ?? ''}`;
  return { kind: 'detail', key, tags: [taskspaceTag('messages', id)], load };
}

function fromFolder(
  { l1 }: UseCaseContext,
  id: string,
  render: (folder: Taskspace) => Promise<DerivedBody> | DerivedBody,
): () => Promise<DerivedBody> {
  return () =>
    l1.use(id, ({ folder }) => {
      requireLive(folder.state);
      return render(folder);
    });
}

function json(value: object): DerivedBody {
  return withTag(Buffer.from(jsonDocument(value)));
}

function withTag(body: Buffer): DerivedBody {
  return { body, etag: bodyTag(body) };
}
