/**
 * Fault 23: folders of strangers are copied in under a running server. Each is a whole journal with right
 * CRCs in which one place was changed, of any event; some come with a snapshot, an object or a file that such
 * a change would make dangerous.
 *
 * What may happen happens to that taskspace: it is read, or it is damaged, by name. Nothing outside its
 * folder is read, written or removed; the lists of all others are right within 2 s; no process ends.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inForm } from '../kit/form.js';
import { type Connection, codeOf } from '../kit/http-connection.js';
import { api, demand } from '../kit/recorder.js';
import { COMMITS, fieldsOf, lineOf, linesOf, mutationsOf } from '../store/journal/every-event.js';
import { scene } from './scene.js';

/** Without the last, which poisons. */
const LINES = linesOf(COMMITS.slice(0, -1));
const CASES = inForm(40, 10_000);
const AT_ONCE = inForm(20, 250);
const LISTS_MS_MAX = 4 * 2_000;
const OTHERS_COUNT = 3;
/** Answers of a taskspace that is read, gone, or in trouble of its own. */
const ALLOWED = new Set([200, 204, 404]);
const ALLOWED_CODES = new Set(['damaged', 'store_unavailable', 'not_found', 'deleted']);
const READS = [
  '',
  '/plan',
  '/summary',
  '/messages',
  '/artifacts',
  '/history',
  '/leases',
  `/artifacts/${encodeURIComponent('docs/ä b.txt')}`,
];

const TAGS = [{ type: 'taskspace.updated', revision: 2, set: { tags: 7 } }];

interface Case {
  readonly id: string;
  readonly pointer: string;
  readonly journal: Buffer;
}

describe('folders copied in from strangers', () => {
  it('with any place of any event changed, are that taskspace alone: the others are listed, served and left alone', () =>
    scene(async ({ start, dataDir, chance }) => {
      copyIn(dataDir, { id: 'bad', pointer: '', journal: Buffer.concat(linesOf([COMMITS[0] ?? [], TAGS])) });
      copyIn(dataDir, { id: 'zeros', pointer: '', journal: Buffer.alloc(4096) });
      const cluster = await start({ workers: 2 });
      const connections = await cluster.pinned();
      const [one] = connections;
      if (!one) throw new Error('no worker');
      const others = Array.from({ length: OTHERS_COUNT }, (_, n) => `other-${n}`);
      for (const id of others) demand(await one.ask('PUT', api(id), { body: { tags: ['other'] } }), 201);
      await areNamed(one, ['bad', 'zeros']);
      const outside = witness(dataDir);
      const before = new Set(cluster.workerProcesses().map(({ pid }) => pid));
      let slowest = 0;
      const seen = new Map<string, number>();
      for (let from = 0; from < CASES; from += AT_ONCE) {
        const cases = chosen(Math.min(AT_ONCE, CASES - from), from, chance.below(1_000_003));
        for (const one of cases) copyIn(dataDir, one);
        slowest = Math.max(slowest, await listsAreRight(connections, others));
        for (const { id, pointer } of cases) await readAll(chance.pick(connections), id, pointer, seen);
        expect(outside()).toEqual([]);
        for (const { id } of cases)
          fs.rmSync(path.join(dataDir, 'taskspaces', id), { recursive: true, force: true });
        slowest = Math.max(slowest, await listsAreRight(connections, others));
      }
      expect(new Set(cluster.workerProcesses().map(({ pid }) => pid))).toEqual(before);
      console.log(
        `${CASES} folders: ${JSON.stringify([...seen])}; lists right within ${Math.round(slowest)} ms`,
      );
      expect(slowest).toBeLessThan(LISTS_MS_MAX);
    }));
});

/** Some of all the ways to change a place; each run and each batch takes others. */
function chosen(count: number, from: number, offset: number): Case[] {
  return Array.from({ length: count }, (_, n) => {
    const { pointer, journal } = changed(
      ALL[((from + n) * 7919) % ALL.length] ?? { record: 0, nth: 0 },
      offset,
    );
    return { id: `h${from + n}`, pointer, journal };
  });
}

/** By record and number of the mutation, so that they need not all be kept. */
const ALL = LINES.flatMap((line, record) =>
  Array.from(mutationsOf(fieldsOf(line)), (_, nth) => ({ record, nth })),
);

function changed({ record, nth }: { record: number; nth: number }, offset: number): Omit<Case, 'id'> {
  const all = mutationsOf(fieldsOf(LINES[record] ?? Buffer.alloc(0)));
  let found = all.next();
  for (let n = 0; n < nth && !found.done; n++) found = all.next();
  if (found.done) throw new Error('there are not so many');
  const { pointer, value } = found.value;
  // With and without records behind it.
  const rest = offset % 2 === 0 ? [] : LINES.slice(record + 1);
  return {
    pointer: `${record}${pointer}`,
    journal: Buffer.concat([...LINES.slice(0, record), lineOf(value), ...rest]),
  };
}

/** Under a dot name first, as people are told to. */
function copyIn(dataDir: string, { id, journal }: Case): void {
  const folder = path.join(dataDir, 'taskspaces', `.${id}`);
  fs.mkdirSync(path.join(folder, '.taskspace', 'objects'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'journal.jsonl'), journal);
  for (const letter of ['a', 'b'])
    fs.writeFileSync(path.join(folder, '.taskspace', 'objects', letter.repeat(64)), 'text');
  fs.renameSync(folder, path.join(dataDir, 'taskspaces', id));
}

/** By lists and by /ready, which stays 200; and nothing is written on top of what is no journal. */
async function areNamed(connection: Connection, ids: readonly string[]): Promise<void> {
  const list = await until(connection, '/api/taskspaces', ({ unreadable }) => unreadable !== undefined);
  expect(list.unreadable).toEqual(ids);
  const ready = await until(connection, '/ready', ({ status }) => status === 'degraded');
  expect(ready.reasons).toEqual([expect.stringMatching(`^damaged: ${ids.join(', ')}: `)]);
  for (const id of ids) expect(codeOf(await connection.ask('PUT', api(id), { body: {} }))).toBe('damaged');
}

/** What a stranger's folder may want to reach; gives what has changed of it. */
function witness(dataDir: string): () => string[] {
  const files = ['secret', 'server.json'].map((name) => path.join(dataDir, name));
  fs.writeFileSync(path.join(dataDir, '..', 'secret'), 'outside');
  files.push(path.join(dataDir, '..', 'secret'));
  const before = files.map((file) => fs.readFileSync(file, 'utf8'));
  const names = fs.readdirSync(dataDir).sort().join();
  return () => [
    ...files.filter((file, i) => !fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== before[i]),
    ...(fs.readdirSync(dataDir).sort().join() === names ? [] : [dataDir]),
  ];
}

/** How long it took until every worker's list had the others, in ms. */
async function listsAreRight(connections: readonly Connection[], others: readonly string[]): Promise<number> {
  const began = performance.now();
  for (const connection of connections) {
    const answer = demand(await connection.ask('GET', '/api/taskspaces?tag=other&sort=id'), 200);
    expect((answer.json.items as { id: string }[]).map(({ id }) => id)).toEqual(
      expect.arrayContaining([...others]),
    );
    demand(await connection.ask('GET', '/api/stats'), 200);
    demand(await connection.ask('GET', '/api/dashboard'), 200);
    demand(await connection.ask('GET', '/ready'), 200);
  }
  return performance.now() - began;
}

async function readAll(
  connection: Connection,
  id: string,
  pointer: string,
  seen: Map<string, number>,
): Promise<void> {
  for (const read of READS) {
    const answer = await connection.ask('GET', api(id, read));
    const code = codeOf(answer) ?? String(answer.status);
    if (!ALLOWED.has(answer.status) && !ALLOWED_CODES.has(code))
      throw new Error(`${pointer}: GET ${read} answers ${code}`);
    if (read === '') seen.set(code, (seen.get(code) ?? 0) + 1);
    if (answer.body.includes('outside')) throw new Error(`${pointer}: GET ${read} shows what lies outside`);
  }
}

const PATIENCE_MS = 30_000;

async function until(connection: Connection, url: string, holds: (body: Record<string, unknown>) => boolean) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await connection.ask('GET', url);
    // Until a catalog that was made anew has come to its first list.
    const body = answer.status === 200 ? answer.json : {};
    if (holds(body)) return body;
    if (performance.now() > deadline) throw new Error(`${url} stays ${answer.body}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
