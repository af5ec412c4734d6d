/**
 * A message log of any length made on disk with the codec of the journal, without a server, some 100,000
 * messages a second: 20 conversations, 50 senders, and three messages that stand alone in theirs, at a tenth,
 * at half and near the end.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { hostClock } from '../../src/domain/clock.js';
import { createTaskspace, type Decide } from '../../src/domain/command.js';
import type { MessageInput } from '../../src/domain/message.js';
import { postMessages } from '../../src/domain/message-command.js';
import { JournalFold } from '../../src/store/files/journal/fold.js';
import { encodeRecord } from '../../src/store/files/journal/record.js';
import { taskspaceFolder } from '../../src/store/files/paths.js';

/** What the three have, and nobody else. */
export const RARE = { conversation: 'incident', from: 'auditor', to: 'owner', role: 'tool' } as const;

const STARTED_AT = Date.parse('2026-01-01T00:00:00.000Z');
const LINES_EACH = 1_000;

/** Returns the bytes of its journal. */
export function writeLog(dataDir: string, id: string, messages: number): number {
  const folder = taskspaceFolder(dataDir, id);
  fs.mkdirSync(folder, { recursive: true });
  const file = fs.openSync(path.join(folder, 'journal.jsonl'), 'w');
  const chain = JournalFold.empty(id);
  let lines: Buffer[] = [];
  const rare = new Set([0.1, 0.5, 0.93].map((share) => Math.floor(messages * share)));
  append(createTaskspace({ name: 'A long log' }));
  for (let n = 0; n < messages; n++)
    append(postMessages([rare.has(n) ? { ...RARE, content: 'Look.' } : messageOf(n)]));
  fs.writeSync(file, Buffer.concat(lines));
  fs.closeSync(file);
  return chain.end;

  function append(decide: Decide): void {
    const number = chain.state.commit + 1;
    const time = new Date(STARTED_AT + number).toISOString();
    const events = decide(chain.state, { time, clock: hostClock(time), by: 'bench', owner: 'bench' });
    const commit = { id: randomBytes(8).toString('hex'), number, time, by: 'bench', events };
    const line = encodeRecord({ at: chain.end, prev: chain.state.head, safe: chain.end, commit });
    chain.fold(line);
    lines.push(line);
    if (lines.length < LINES_EACH) return;
    fs.writeSync(file, Buffer.concat(lines));
    lines = [];
  }
}

function messageOf(n: number): MessageInput {
  return {
    role: n % 2 === 0 ? 'user' : 'assistant',
    content: `Message ${n}. The tests pass now; the cause was a stale entry.`,
    conversation: `thread-${(n * 7919) % 20}`,
    from: `agent-${(n * 104_729) % 50}`,
    to: `agent-${(n * 31) % 50}`,
  };
}
