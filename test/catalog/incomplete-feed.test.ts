/** The catalog while its feed may lack something that was acknowledged. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { OwnCalls } from '../../src/catalog/calls.js';
import { CatalogReading } from '../../src/catalog/catalog-reading.js';
import { CatalogWriting, type RowsInput } from '../../src/catalog/catalog-writing.js';
import { CatalogProjector } from '../../src/catalog/projector.js';
import { CatalogReader } from '../../src/catalog/reader.js';
import { toArtifactJson, toSummaryJson, toTaskspaceJson } from '../../src/contract/views.js';
import { createTaskspace } from '../../src/domain/command.js';
import { beginFeed } from '../../src/store/files/feed/begin.js';
import { FileStore } from '../../src/store/files/store.js';
import { eventually } from '../kit/eventually.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';

const dataDir = temporaryFolder();

/** What is noted of the catalog's state, in order, and when its rows are whole. */
class RecordedWriting extends CatalogWriting {
  readonly states: string[] = [];

  override note(notes: Readonly<Record<string, string>>): void {
    const { state } = JSON.parse(notes.progress ?? '{}') as { state?: string };
    if (state !== undefined && this.states.at(-1) !== state) this.states.push(state);
    super.note(notes);
  }

  override putRows(input: RowsInput): string[] {
    if (input.place && !this.states.includes('whole')) this.states.push('whole');
    return super.putRows(input);
  }
}

it('answers nothing before the feed is complete, nor again while it is not, and says that rows are what it waits for', async () => {
  fs.mkdirSync(path.join(dataDir(), 'taskspaces'), { recursive: true });
  beginFeed(dataDir());
  const store = new FileStore({ dataDir: dataDir(), log: { warn: () => undefined } });
  store.begin();
  const write = async (id: string): Promise<void> => {
    const folder = store.open(id);
    await folder.write({ by: 'ann', owner: 'ann', decide: createTaskspace({}), answer: () => undefined });
    folder.close();
  };
  await write('one');
  const upkeep = { isFeedComplete: false };
  const writing = new RecordedWriting(dataDir());
  const projector = new CatalogProjector({
    store,
    upkeep,
    writer: new OwnCalls(writing),
    views: { taskspace: toTaskspaceJson, summary: toSummaryJson, artifact: toArtifactJson },
    grown: (timeoutMs) => new Promise((resolve) => setTimeout(resolve, timeoutMs)),
    onProgress: () => undefined,
    onTrouble: (error) => {
      throw error;
    },
  });
  const reader = new CatalogReader(new OwnCalls(new CatalogReading(dataDir())), () => projector.want());
  const ask = () => reader.query('progress', null, store.feed.poll());
  for (const states of [['rows'], ['rows', 'whole', 'texts', 'ready', 'rows']]) {
    await write(`then-${states.length}`);
    await expect(ask()).rejects.toMatchObject({ code: 'catalog_behind' });
    expect(writing.states).toEqual(states);
    upkeep.isFeedComplete = true;
    await ask();
    await eventually(() => writing.states.at(-1) === 'ready');
    upkeep.isFeedComplete = false;
  }
  await projector.close();
  await reader.close();
  store.close();
});
