/**
 * Taskspaces made on disk with the codec of the journal, without a server: the same bytes that a server
 * leaves behind, at some thousands a second, because nothing is synced.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { hostClock } from '../../src/domain/clock.js';
import { createTaskspace, type Decide } from '../../src/domain/command.js';
import { postMessages } from '../../src/domain/message-command.js';
import { putPlan } from '../../src/domain/plan-command.js';
import { JournalFold } from '../../src/store/files/journal/fold.js';
import { encodeRecord } from '../../src/store/files/journal/record.js';
import { metadataFile, planFile } from '../../src/store/files/mirror/content.js';
import { METADATA_FILE, PLAN_FILE, taskspaceFolder } from '../../src/store/files/paths.js';

export interface FolderShape {
  readonly tasks: number;
  readonly messages: number;
}

/** As many folders `t0`, `t1`, …; each of 100 owners has as many. Returns the bytes of one journal. */
export function writeFolders(dataDir: string, count: number, shape: FolderShape): number {
  let bytes = 0;
  for (let n = 0; n < count; n++) {
    const id = `t${n}`;
    const { journal, chain } = makeJournal(id, [
      createTaskspace({
        name: `Taskspace ${n}`,
        description: 'Made for a benchmark.',
        tags: ['bench', 'scale'],
      }),
      putPlan({ goal: 'Be many', tasks: tasksOf(shape.tasks) }, {}),
      ...Array.from({ length: shape.messages }, (_, m) => postMessages([messageOf(m)])),
    ]);
    const folder = taskspaceFolder(dataDir, id);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'journal.jsonl'), journal);
    writeStamped(path.join(folder, PLAN_FILE), planFile(chain.state), chain.state.plan.version?.at);
    writeStamped(path.join(folder, METADATA_FILE), metadataFile(chain.state), chain.state.metadata?.at);
    bytes = journal.length;
  }
  return bytes;

  function makeJournal(id: string, commands: readonly Decide[]): { journal: Buffer; chain: JournalFold } {
    const chain = JournalFold.empty(id);
    const owner = `owner-${Number(id.slice(1)) % 100}`;
    const lines: Buffer[] = [];
    for (const [index, decide] of commands.entries()) {
      const time = new Date(STARTED_AT + index).toISOString();
      const events = decide(chain.state, { time, clock: hostClock(time), by: 'bench', owner });
      const commit = { id: randomBytes(8).toString('hex'), number: index + 1, time, by: 'bench', events };
      const line = encodeRecord({ at: chain.end, prev: chain.state.head, safe: chain.end, commit });
      chain.fold(line);
      lines.push(line);
    }
    return { journal: Buffer.concat(lines), chain };
  }
}

const STARTED_AT = Date.parse('2026-01-01T00:00:00.000Z');

export function tasksOf(count: number): { id: string; name: string; goal: string; dependencies: string[] }[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `t${i}`,
    name: `Task ${i} of the plan`,
    goal: 'Find out what is the matter, and repair it.',
    dependencies: i === 0 ? [] : [`t${i - 1}`],
  }));
}

export function messageOf(n: number): { role: 'user' | 'assistant'; content: string; from: string } {
  return {
    role: n % 2 === 0 ? 'user' : 'assistant',
    content: `Message ${n}. ${'The tests pass now; the cause was a stale entry. '.repeat(4)}`,
    from: `agent-${n % 3}`,
  };
}

/** With the time of its commit, as the server writes it; a file without would be taken for one to repair. */
function writeStamped(file: string, text: string, at: string | undefined): void {
  fs.writeFileSync(file, text);
  const seconds = Date.parse(at ?? '') / 1000;
  fs.utimesSync(file, seconds, seconds);
}
