/**
 * Fault 23, one half: a folder that a stranger copied in, with anything at all in the place of its files.
 *
 * Nothing outside is read, written or removed; that taskspace alone is in trouble, by name; nobody waits for
 * it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import { type Running, startServer } from '../http/harness.js';
import { temporaryFolder } from '../kit/files/temporary-folder.js';
import { inForm } from '../kit/form.js';
import { watchTurns } from '../kit/loop-turns.js';
import { seeded } from '../kit/seed.js';
import { sha256Of } from '../store/store-of-one.js';
import { COPY, type OddFile, oddFiles, treeOf } from './odd-files.js';

const CASES_MAX = inForm(16, Number.POSITIVE_INFINITY);
const ROUNDS = inForm(1, 20);
/** Four times what is promised. */
const TURN_MS_MAX = 4 * 50;
const SECRET = 'what nobody may see through a taskspace';
const ARTIFACT = 'folder/file.txt';
const BYTES = 'the first bytes';
/** Of the taskspace that is odd. */
const TROUBLE = ['damaged', 'store_unavailable'];
const ORDINARY = ['not_found', 'deleted', 'already_exists'];

const folder = temporaryFolder();

describe('a folder that was copied in, with odd things in it', () => {
  it('is nobody else’s trouble, and nothing outside is touched', async () => {
    const chance = seeded('odd files');
    const stage = await prepared(folder());
    const turns = watchTurns();
    const all = [...oddFiles(sha256Of(BYTES), ARTIFACT)];
    let worst = 0;
    let count = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const cases = shuffled(all, chance.below).slice(0, CASES_MAX);
      for (const odd of cases) {
        const id = `odd-${count++}`;
        const name = `${odd.kind} for "${odd.name}"`;
        const before = stage.copyIn(id, odd);
        turns.reset();
        for (const [what, call] of shuffled(callsOn(id), chance.below)) {
          const answer = await call(stage.server);
          if (answer === null || answer.text === '') continue;
          // What was copied is no secret any more.
          const isShown = answer.text.includes(SECRET) && odd.kind !== COPY;
          expect(isShown, `${what}: ${name}`).toBe(false);
          if (answer.status < 400) continue;
          expect([...TROUBLE, ...ORDINARY], `${what}: ${name}: ${answer.text}`).toContain(answer.json.code);
        }
        expect(await stage.namesOfOthers(), name).toEqual(['first', 'other']);
        worst = Math.max(worst, turns.longestMs);
        expect(turns.longestMs, `ms of one turn: ${name}`).toBeLessThan(TURN_MS_MAX);
        expect(stage.treesOutside(), name).toEqual(before);
        stage.remove(id);
      }
    }
    turns.stop();
    console.log({ cases: count, longestTurnMs: Math.round(worst) });
  });
});

type Call = (server: Running) => Promise<Answer | null>;

/** What clients do with a taskspace. Null: the connection was cut. */
function callsOn(id: string): [string, Call][] {
  const at = `/api/taskspaces/${id}`;
  const calls: [string, string, object?][] = [
    ['GET', at],
    ['GET', `${at}/summary`],
    ['GET', `${at}/plan`],
    ['GET', `${at}/messages`],
    ['GET', `${at}/export?format=json`],
    ['GET', `${at}/artifacts/${ARTIFACT}`],
    ['GET', `${at}/artifacts/${ARTIFACT}?revision=1`],
    ['HEAD', `${at}/artifacts/${ARTIFACT}`],
    ['PUT', `${at}/artifacts/${ARTIFACT}`, { body: `${id} other bytes` }],
    ['PUT', `${at}/artifacts/new/${ARTIFACT}`, { body: BYTES }],
    ['DELETE', `${at}/artifacts/${ARTIFACT}`],
    ['POST', `${at}/messages`, { json: { content: 'x' } }],
    ['POST', `${at}/plan/tasks`, { json: { name: 'x' } }],
    ['PATCH', at, { json: { description: 'x' } }],
    ['DELETE', at],
    ['PUT', at, { json: { name: 'again' } }],
  ];
  return calls.map(([method, url, asked]) => [
    `${method} ${url.slice(at.length)}`,
    (server) => server.ask(method, url, asked).catch(() => null),
  ]);
}

async function prepared(root: string) {
  const dataDir = path.join(root, 'data');
  const outside = path.join(root, 'outside');
  fs.mkdirSync(path.join(outside, 'folder', 'folder'), { recursive: true });
  for (const name of ['file', `folder/${ARTIFACT}`, 'folder/journal.jsonl', `folder/${sha256Of(BYTES)}`])
    fs.writeFileSync(path.join(outside, name), SECRET);
  const server = await startServer({ env: { DATA_DIR: dataDir } });
  for (const id of ['first', 'other']) {
    const at = `/api/taskspaces/${id}`;
    await server.ask('PUT', at, { json: { name: id } });
    await server.ask('PUT', `${at}/artifacts/${ARTIFACT}`, { body: BYTES });
    await server.ask('POST', `${at}/messages`, { json: { content: id === 'other' ? SECRET : 'x' } });
    await server.ask('POST', `${at}/plan/tasks`, { json: { name: 'task' } });
  }
  const place = (id: string): string => path.join(dataDir, 'taskspaces', id);
  const template = path.join(root, 'template');
  fs.cpSync(place('first'), template, { recursive: true });
  for (const of of [template, place('other')])
    fs.writeFileSync(path.join(of, '.taskspace/snapshot.json'), 'none');
  const treesOutside = (): string[][] => [outside, place('other'), place('first')].map(treeOf);
  return {
    server,
    treesOutside,
    /** As people are told to do it: under a dot name first. What is outside, before anybody looks at it. */
    copyIn(id: string, odd: OddFile): string[][] {
      const unfinished = place(`.${id}`);
      fs.cpSync(template, unfinished, { recursive: true });
      odd.put({ folder: unfinished, other: place('other'), outside });
      const before = treesOutside();
      fs.renameSync(unfinished, place(id));
      return before;
    },
    remove: (id: string) => fs.rmSync(place(id), { recursive: true, force: true }),
    async namesOfOthers(): Promise<unknown[]> {
      const { json } = await server.ask('GET', '/api/taskspaces?sort=id&limit=500');
      const items = json.items as { id: string; name: string }[] | undefined;
      return (items ?? []).flatMap(({ id, name }) => (id.startsWith('odd-') ? [] : [name]));
    },
  };
}

function shuffled<T>(items: readonly T[], below: (limit: number) => number): T[] {
  const left = [...items];
  return items.map(() => left.splice(below(left.length), 1)[0] as T);
}
