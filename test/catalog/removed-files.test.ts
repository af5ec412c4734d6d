/**
 * The catalog and the feed under it removed, cut short, replaced or put back, while the server runs or stands
 * still.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CatalogFolder } from '../../src/catalog/catalog-folder.js';
import { FORMAT } from '../../src/catalog/schema.js';
import { createTaskspace, type Decide, patchTaskspace } from '../../src/domain/command.js';
import { FileStore } from '../../src/store/files/store.js';
import { eventually } from '../kit/eventually.js';
import { KeptCatalog } from './kept-catalog.js';

let kept: KeptCatalog;

beforeEach(() => {
  kept = new KeptCatalog().start();
});
afterEach(async () => {
  await kept.remove();
  fs.rmSync(`${kept.dir}.old`, { recursive: true, force: true });
});

it('makes a damaged catalog anew', async () => {
  await kept.write('one', createTaskspace({ name: 'One' }));
  await kept.caughtUp();
  const before = kept.lines();
  await kept.stop('clean');
  const file = path.join(
    kept.dir,
    'catalog',
    fs.readdirSync(path.join(kept.dir, 'catalog'))[0] ?? '',
    'catalog.db',
  );
  fs.rmSync(`${file}-wal`, { force: true });
  fs.writeFileSync(file, Buffer.alloc(100_000, 'not a database '));
  kept.start();
  await kept.caughtUp();
  expect(kept.lines()).toEqual(before);
});

it('makes a catalog anew whose files somebody has removed under its feet', async () => {
  await kept.write('one', createTaskspace({ name: 'One' }));
  await kept.caughtUp();
  const before = kept.lines();
  fs.rmSync(path.join(kept.dir, 'catalog'), { recursive: true });
  await eventually(() => kept.progress.filter((text) => text === 'The catalog is whole').length === 2);
  await kept.caughtUp();
  expect(kept.lines()).toEqual(before);
});

const fileOf = (name: string): string =>
  path.join(path.dirname(new CatalogFolder(kept.dir, FORMAT).file), name);

it.each([
  ['its log is removed', () => fs.rmSync(fileOf('catalog.db-wal'))],
  ['the index of its log is removed', () => fs.rmSync(fileOf('catalog.db-shm'))],
  ['both are', () => ['catalog.db-wal', 'catalog.db-shm'].forEach((name) => void fs.rmSync(fileOf(name)))],
  ['its log is cut short', () => fs.truncateSync(fileOf('catalog.db-wal'), 100)],
  ['its log is another one', () => fs.writeFileSync(fileOf('catalog.db-wal'), Buffer.alloc(50_000, 'log'))],
  ['its file is emptied', () => fs.truncateSync(fileOf('catalog.db'))],
  ['its file is cut short', () => fs.truncateSync(fileOf('catalog.db'), 8_192)],
  ['its file is put back as it was before', () => fs.copyFileSync(`${kept.dir}.old`, fileOf('catalog.db'))],
  [
    'its file is replaced by a copy',
    () => {
      fs.copyFileSync(`${kept.dir}.old`, fileOf('new'));
      fs.renameSync(fileOf('new'), fileOf('catalog.db'));
    },
  ],
])(
  'makes a catalog anew under its feet when %s, and shows what is written meanwhile',
  async (_what, spoil) => {
    await kept.write('one', createTaskspace({ name: 'One' }));
    await kept.caughtUp();
    fs.copyFileSync(fileOf('catalog.db'), `${kept.dir}.old`);
    await kept.write('one', patchTaskspace({ name: 'Two' }, {}));
    await kept.caughtUp();
    spoil();
    await kept.write('one', patchTaskspace({ name: 'Three' }, {}));
    await eventually(() => kept.progress.filter((text) => text === 'The catalog is whole').length === 2);
    await kept.caughtUp();
    expect(kept.lines().join('\n')).toContain('"name":"Three"');
  },
);

it('makes a copied catalog anew when its log was copied with it, since nothing tells whether they fit', async () => {
  await kept.write('one', createTaskspace({ name: 'One' }));
  await kept.caughtUp();
  const folder = path.dirname(fileOf('catalog.db'));
  fs.cpSync(folder, `${kept.dir}.old`, { recursive: true });
  await kept.write('one', patchTaskspace({ name: 'Two' }, {}));
  await kept.caughtUp();
  await kept.stop('killed');
  fs.rmSync(folder, { recursive: true });
  fs.cpSync(`${kept.dir}.old`, folder, { recursive: true });
  kept.start();
  await kept.caughtUp();
  expect(kept.progress.filter((text) => text === 'The catalog is whole')).toHaveLength(2);
  expect(kept.lines().join('\n')).toContain('"name":"Two"');
});

it.each([
  ['its feed is gone', (dir: string) => fs.rmSync(path.join(dir, 'feed'), { recursive: true })],
  ['its feed is put back as it was before', (dir: string) => putBack(dir, 'feed')],
  [
    'its feed and the catalog are put back as they were before',
    (dir: string) => putBack(dir, 'feed', 'catalog'),
  ],
  ['the catalog is put back as it was before', (dir: string) => putBack(dir, 'catalog')],
])('shows what was written since, and before, when the server starts again and %s', async (_what, change) => {
  const rename = (name: string): Decide => patchTaskspace({ name }, {});
  await kept.write('one', createTaskspace({ name: 'One' }));
  await kept.write('other', createTaskspace({ name: 'Other' }));
  await kept.caughtUp();
  await kept.stop('clean');
  fs.cpSync(kept.dir, `${kept.dir}.old`, { recursive: true });
  for (const name of ['Two', 'Three', 'Four']) {
    kept.start();
    await kept.write('one', rename(name));
    await kept.caughtUp();
    await kept.stop('clean');
  }
  change(kept.dir);
  kept.start();
  await kept.caughtUp();
  expect(kept.lines().join('\n')).toContain('"name":"Four"');
  const worker = new FileStore({ dataDir: kept.dir, log: { warn: () => undefined }, now: () => kept.now });
  worker.begin();
  const folder = worker.open('other');
  for (const name of ['Another', 'A third']) {
    await folder.write({ by: 'ann', owner: 'ann', decide: rename(name), answer: () => undefined });
    await kept.reader.query('progress', null, worker.feed.poll());
    expect(kept.lines().join('\n')).toContain(`"name":"${name}"`);
  }
  folder.close();
  worker.close();
});

function putBack(dir: string, ...names: string[]): void {
  for (const name of names) {
    fs.rmSync(path.join(dir, name), { recursive: true });
    fs.cpSync(path.join(`${dir}.old`, name), path.join(dir, name), { recursive: true });
  }
}
