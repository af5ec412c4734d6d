/**
 * Whether all texts are those of their rows: noted by a projector that has ended in order, it spares the next
 * one the search for texts that are behind, half a second at 100,000 taskspaces.
 *
 * The note `texts` is `whole`, or the name of a start whose only projector is at work. Of several projectors
 * of one start none knows what another left, so none notes that all texts are in.
 */
import type { Calls } from './calls.js';
import type { Behind, CatalogWriting } from './catalog-writing.js';
import type { Place } from './row-changes.js';
import type { TextIndexer } from './text-indexer.js';

const WHOLE = 'whole';
const TEXTS_AT_ONCE = 5_000;

type Notes = Readonly<Record<string, string>>;

export function areTextsWhole(notes: Notes): boolean {
  return notes.texts === WHOLE;
}

/** @param notes those of before this call. */
export async function noteProjector(
  writer: Calls<CatalogWriting>,
  startId: string,
  notes: Notes,
): Promise<void> {
  const isOnly = notes.start !== startId;
  await writer.call('note', { start: startId, texts: isOnly ? startId : '' });
}

export async function noteTextsWhole(writer: Calls<CatalogWriting>, startId: string): Promise<void> {
  await writer.call('renote', { key: 'texts', from: startId, to: WHOLE });
}

/** Adds the taskspaces whose rows were written by an earlier process that did not reach their texts. */
export async function addTextsBehind(
  writer: Calls<CatalogWriting>,
  texts: TextIndexer,
  place: Place,
): Promise<void> {
  for (let after: Behind = { id: '', activeAt: Number.MIN_SAFE_INTEGER }; ; ) {
    const behind = await writer.call('textsBehind', { after, limit: TEXTS_AT_ONCE });
    const last = behind.at(-1);
    const ids = behind.map(({ id }) => id);
    texts.add(ids, ids.length < TEXTS_AT_ONCE ? place : null);
    if (last === undefined || ids.length < TEXTS_AT_ONCE) return;
    after = last;
  }
}
