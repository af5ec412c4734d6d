/**
 * The catalog on its threads: the same calls, the same errors, and what happens when a thread dies, hangs or
 * is full.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Calls, ThreadCalls, type ThreadOptions } from '../../src/catalog/calls.js';
import type { CatalogReading } from '../../src/catalog/catalog-reading.js';
import type { CatalogWriting } from '../../src/catalog/catalog-writing.js';
import { CatalogReader } from '../../src/catalog/reader.js';
import { TaskspaceError } from '../../src/domain/errors.js';

let dir: string;
const open: Calls<never>[] = [];

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'threads-'));
});
afterEach(async () => {
  for (const calls of open.splice(0)) await calls.close();
  fs.rmSync(dir, { recursive: true });
});

function threads<H extends object>(options: Partial<ThreadOptions> & Pick<ThreadOptions, 'role'>) {
  const calls = new ThreadCalls<H>({ dataDir: dir, callsMax: 16, hangMs: 20_000, heapMb: 64, ...options });
  open.push(calls as unknown as Calls<never>);
  return calls;
}

const FEED = { epoch: '0a1b2c3d', segment: 1 };
const PLACE = { ...FEED, at: 100, commit: 0 };

it('shows a reader what the writer has put, as soon as it waits for the place of it', async () => {
  const writer = threads<CatalogWriting>({ role: 'writer' });
  const reader = new CatalogReader(threads<CatalogReading>({ role: 'reader' }));
  // Asked before there is any catalog.
  const asked = reader.query('progress', null, PLACE);
  expect(await writer.call('open', { anew: false })).toMatchObject({ rows: null, texts: null });
  await writer.call('note', { start: '7' });
  expect(await writer.call('putRows', { changes: [], place: PLACE, newest: PLACE })).toEqual([]);
  expect(await asked).toMatchObject({ notes: { start: '7' }, position: '0a1b2c3d.1.100.0' });
});

it('says that it is behind when the place does not come, and goes on', async () => {
  const writer = threads<CatalogWriting>({ role: 'writer' });
  const reader = threads<CatalogReading>({ role: 'reader' });
  await writer.call('open', { anew: false });
  const query = { name: 'progress', values: null, place: PLACE, part: 'rows', waitMs: 20 } as const;
  await expect(reader.call('query', query)).rejects.toMatchObject({ code: 'catalog_behind' });
  await expect(reader.call('query', { ...query, place: null })).resolves.toMatchObject({ position: null });
});

it('opens a catalog that was made anew under its feet', async () => {
  const writer = threads<CatalogWriting>({ role: 'writer' });
  const reader = new CatalogReader(threads<CatalogReading>({ role: 'reader' }));
  await writer.call('open', { anew: false });
  await writer.call('note', { which: 'first' });
  expect((await reader.glance('progress', null)).notes).toMatchObject({ which: 'first' });
  await writer.call('open', { anew: true });
  await writer.call('note', { which: 'second' });
  await writer.call('putRows', { changes: [], place: PLACE, newest: null });
  const { notes } = await reader.query('progress', null, PLACE);
  expect(notes).toMatchObject({ which: 'second' });
});

it('refuses what was under way when its thread died, and serves the next call with a new one', async () => {
  const reader = threads<CatalogReading>({ role: 'reader' });
  const query = { name: 'progress', values: null, place: PLACE, part: 'rows', waitMs: 60_000 } as const;
  const cut = reader.call('query', query);
  const refused = expect(cut).rejects.toMatchObject({ code: 'catalog_unavailable' });
  await (reader as unknown as { thread: Worker }).thread.terminate();
  await refused;
  await expect(reader.call('query', { ...query, waitMs: 0 })).rejects.toMatchObject({
    code: 'catalog_behind',
  });
});

it('ends a thread that does not answer in time', async () => {
  const reader = threads<CatalogReading>({ role: 'reader', hangMs: 300 });
  const query = { name: 'progress', values: null, place: PLACE, part: 'rows', waitMs: 60_000 } as const;
  await expect(reader.call('query', query)).rejects.toThrow(/hangs in query/);
});

it('takes so many calls at once and no more', async () => {
  const reader = threads<CatalogReading>({ role: 'reader', callsMax: 2 });
  const query = { name: 'progress', values: null, place: PLACE, part: 'rows', waitMs: 500 } as const;
  const two = [reader.call('query', query), reader.call('query', query)];
  const settled = Promise.allSettled(two);
  await expect(reader.call('query', query)).rejects.toMatchObject({ code: 'overloaded' });
  for (const one of await settled) expect(one).toMatchObject({ reason: { code: 'catalog_behind' } });
});

it('carries errors over as what they are', async () => {
  const writer = threads<CatalogWriting>({ role: 'writer' });
  await expect(writer.call('known', ['one'])).rejects.not.toBeInstanceOf(TaskspaceError);
  await expect(writer.call('known', ['one'])).rejects.toThrow('the catalog is not open for writing');
});
