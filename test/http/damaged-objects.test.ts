/** What clients see of an object file that does not hold what its name says. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { onFiles, type Running, startTwo } from './harness.js';

const GOOD = 'the bytes that were put';
const sha256 = createHash('sha256').update(GOOD).digest('hex');

let one: Running;
let two: Running;
let dataDir: string;

beforeAll(async () => {
  ({ one, two, dataDir } = await startTwo());
});

describe.each([
  ['has other bytes', 'rotten', 'the bytes that are rot'.padEnd(GOOD.length, '!')],
  ['is shorter', 'shorter', GOOD.slice(0, 3)],
  ['is longer', 'longer', `${GOOD} and more`],
  ['is empty', 'empty', ''],
])('an object that %s', (_what, id, bytes) => {
  it('is a problem and no answer, is said to be damaged by every worker, and is put right by the same bytes', async (test) => {
    onFiles(test, 'bytes that somebody has changed on disk');
    const at = `/api/taskspaces/${id}`;
    const artifact = `${at}/artifacts/a/b.txt`;
    await one.ask('PUT', at, { json: {} });
    await one.ask('PUT', artifact, { body: GOOD });
    expect((await two.ask('GET', `${at}/summary`)).json.refused).toEqual([]);
    fs.writeFileSync(path.join(dataDir, 'taskspaces', id, '.taskspace/objects', sha256), bytes);

    const whole = await one.ask('GET', artifact);
    expect([whole.status, whole.json.code]).toEqual([500, 'damaged']);
    const range = await two.ask('GET', artifact, { headers: { Range: 'bytes=0-1' } });
    expect([range.status, range.json.code]).toEqual([500, 'damaged']);
    if (bytes.length !== GOOD.length) expect((await one.ask('HEAD', artifact)).status).toBe(500);
    const damage = { path: 'a/b.txt', reason: expect.stringContaining('damaged') };
    for (const worker of [one, two])
      expect((await worker.ask('GET', `${at}/summary`)).json.refused).toEqual([
        expect.objectContaining(damage),
      ]);
    expect(one.logged.map(({ message }) => message)).toContain('object damaged');

    expect((await two.ask('PUT', artifact, { body: GOOD })).status).toBe(200);
    for (const worker of [one, two]) {
      expect((await worker.ask('GET', artifact)).text).toBe(GOOD);
      expect((await worker.ask('GET', `${at}/summary`)).json.refused).toEqual([]);
    }
  });
});

it('a folder of objects that is a link to itself leaves the summary as it is', async (test) => {
  onFiles(test, 'a link in a folder');
  await one.ask('PUT', '/api/taskspaces/looped', { json: {} });
  const folder = path.join(dataDir, 'taskspaces/looped/.taskspace');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.symlinkSync('.taskspace', folder);
  for (const worker of [one, two]) {
    const summary = await worker.ask('GET', '/api/taskspaces/looped/summary');
    expect([summary.status, summary.json.refused]).toEqual([200, []]);
  }
});
