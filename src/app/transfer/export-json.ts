/**
 * A whole taskspace as one JSON document, as of one commit: `{format, commit, taskspace, plan,
 * messages, artifacts}`.
 */
import { Readable } from 'node:stream';
import { toArtifactJson, toPlanJson, toTaskspaceJson } from '../../contract/views.js';
import { compareBytes, newestOf } from '../../domain/artifact.js';
import type { Message } from '../../domain/message.js';
import { EVERY_MESSAGE } from '../../domain/message-filter.js';
import type { State } from '../../domain/state.js';
import type { Metadata } from '../../domain/taskspace.js';
import { jsonInTurns } from '../../platform/json-pieces.js';
import { FairYield } from '../../platform/yield-fairly.js';
import type { Taskspace } from '../../store/ports.js';

const FORMAT = 1;
const PAGE = 500;
/** The tasks of the plan. */
const LISTS_DEPTH = 2;
const HEAD_ENDS = '}\n';

/** Above so many bytes messages are not gathered in memory: the document is a stream. */
export const STREAM_ABOVE_MESSAGE_BYTES = 4 * 1024 * 1024;

/**
 * The document in pieces. Everything but the messages is taken at once; these are read up to the last
 * one of that moment.
 */
export async function* exportPieces(
  folder: Taskspace,
  state: State & { metadata: Metadata },
): AsyncGenerator<Buffer | string> {
  const { bornTag } = state;
  const { lastSeq } = state.messages;
  const artifacts = [...state.artifacts.values()]
    .flatMap((history) => newestOf(history) ?? [])
    .filter(({ deleted }) => !deleted)
    .sort((a, b) => compareBytes(a.path, b.path));
  const head = {
    format: FORMAT,
    commit: state.commit,
    taskspace: toTaskspaceJson(state.id, state.metadata),
    plan: toPlanJson(state),
  };
  const tail = JSON.stringify(artifacts.map(toArtifactJson));
  yield (await jsonInTurns(head, LISTS_DEPTH)).subarray(0, -HEAD_ENDS.length);
  yield ',"messages":[';
  const turns = new FairYield();
  let separator = '';
  for await (const message of messagesUpTo(folder, lastSeq, bornTag)) {
    yield separator + JSON.stringify(message);
    separator = ',';
    if (turns.isOver) await turns.next();
  }
  yield `],"artifacts":${tail}}\n`;
}

export async function exportBuffer(
  folder: Taskspace,
  state: State & { metadata: Metadata },
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of exportPieces(folder, state))
    pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
  return Buffer.concat(pieces);
}

export function exportStream(folder: Taskspace, state: State & { metadata: Metadata }): Readable {
  return Readable.from(exportPieces(folder, state), { objectMode: false });
}

async function* messagesUpTo(folder: Taskspace, lastSeq: number, bornTag: string): AsyncGenerator<Message> {
  let after = 0;
  for (;;) {
    const page = await folder.messages(EVERY_MESSAGE, {
      after,
      before: lastSeq + 1,
      order: 'asc',
      limit: PAGE,
    });
    await folder.catchUp();
    if (folder.state.bornTag !== bornTag) throw new Error('deleted while it was exported');
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.seq;
  }
}
