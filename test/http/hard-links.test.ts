/** A taskspace of hard links (`cp -al`, backups by `rsync --link-dest`): what it shares stays as it is. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyTaskspace } from '../../src/store/files/verify.js';
import { eventually } from '../kit/eventually.js';
import { onFiles, type Running, startTwo } from './harness.js';

let one: Running;
let two: Running;
let dataDir: string;

beforeAll(async () => {
  ({ one, two, dataDir } = await startTwo());
});

const folderOf = (id: string): string => path.join(dataDir, 'taskspaces', id);

/** A taskspace with everything, and another one of the same files. */
async function linked(id: string): Promise<string> {
  const at = `/api/taskspaces/${id}`;
  await one.ask('PUT', at, { json: { name: 'before' } });
  await one.ask('PUT', `${at}/plan`, { json: { tasks: [{ id: 'a', name: 'a' }] } });
  await one.ask('PUT', `${at}/artifacts/a/b.txt`, { body: 'before' });
  const other = path.join(dataDir, 'taskspaces', `.${id}`);
  execFileSync('cp', ['-al', folderOf(id), other]);
  fs.renameSync(other, folderOf(`${id}-copy`));
  return `${at}-copy`;
}

function bytesOf(folder: string): [string, string][] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file): [string, string] => [file, fs.readFileSync(file, 'latin1')])
    .sort();
}

const WRITES: readonly (readonly [string, string, object])[] = [
  ['PATCH', '', { json: { name: 'after' } }],
  ['DELETE', '', {}],
  ['PUT', '/plan', { json: { tasks: [{ id: 'b', name: 'b' }] } }],
  ['POST', '/plan/claim', { json: { agent: 'a' } }],
  ['POST', '/messages', { json: { content: 'x' } }],
  ['PUT', '/artifacts/a/b.txt', { body: 'after' }],
  ['DELETE', '/artifacts/a/b.txt', {}],
];

describe('a taskspace of hard links', () => {
  it('is read, and takes no write that would change the other one', async (test) => {
    onFiles(test, 'hard links');
    const at = await linked('first');
    const before = bytesOf(folderOf('first'));
    for (const [method, below, sent] of WRITES) {
      for (const worker of [one, two]) {
        const refused = await worker.ask(method, at + below, sent);
        expect([refused.status, refused.json.code], `${method} ${below}`).toEqual([503, 'read_only']);
        expect(refused.json.detail).toContain('cp -p journal.jsonl new && mv new journal.jsonl');
      }
    }
    expect(bytesOf(folderOf('first'))).toEqual(before);
    for (const worker of [one, two]) {
      expect((await worker.ask('GET', at)).json.name).toBe('before');
      expect((await worker.ask('GET', `${at}/artifacts/a/b.txt`)).text).toBe('before');
    }
  });

  it('is named in /ready and by verify, and takes writes once it is parted', async (test) => {
    onFiles(test, 'hard links');
    const at = await linked('second');
    const isNamed = async (): Promise<boolean> => {
      const { reasons } = (await two.ask('GET', '/ready')).json;
      return (reasons as string[]).some((reason) => /^read-only: .*\bsecond-copy\b/.test(reason));
    };
    await eventually(isNamed);
    const { findings } = await verifyTaskspace(dataDir, 'second-copy');
    expect(findings.filter(({ severity }) => severity === 'damage')).toEqual([
      expect.objectContaining({ part: 'journal', detail: expect.stringContaining('hard link') }),
    ]);

    const journal = path.join(folderOf('second-copy'), 'journal.jsonl');
    execFileSync('sh', ['-c', 'cp -p journal.jsonl new && mv new journal.jsonl'], {
      cwd: folderOf('second-copy'),
    });
    expect(fs.statSync(journal).nlink).toBe(1);
    const before = bytesOf(folderOf('second'));
    for (const [method, below, sent] of WRITES.filter(([, below]) => below !== ''))
      expect((await two.ask(method, at + below, sent)).status, `${method} ${below}`).toBeLessThan(300);
    expect((await one.ask('DELETE', at)).status).toBe(204);
    expect(bytesOf(folderOf('second'))).toEqual(before);
    expect((await one.ask('GET', '/api/taskspaces/second')).json.name).toBe('before');
    expect((await two.ask('PATCH', '/api/taskspaces/second', { json: { name: 'after' } })).status).toBe(200);
    await eventually(async () => !(await isNamed()));
  });
});
