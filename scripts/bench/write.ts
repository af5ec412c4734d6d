/**
 * Durable message posts over many taskspaces, one worker, beside an Express handler that stores nothing, and
 * beside what people would pick instead: Express and SQLite, as durable.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { compare, type Figures, printTable, printVerdict, type Rounds } from './measure.js';
import { startFloor, startTaskspace } from './processes.js';

const TASKSPACES = 64;
const BAR = 0.6;
const SQLITE_BAR = 1.5;

export async function benchWrite(rounds: Rounds): Promise<Figures[]> {
  const ours = await startTaskspace({});
  const body = JSON.stringify({
    role: 'assistant',
    content: 'The tests pass now; the cause was a stale cache entry.',
    from: 'agent-1',
  });
  const requests: string[] = [];
  for (let i = 0; i < TASKSPACES; i++) {
    const path = `/api/taskspaces/w${i}`;
    const answer = await fetch(`http://127.0.0.1:${ours.port}${path}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    requests.push(
      `POST ${path}/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  const express = await startFloor('express-post', {});
  const folder = fs.mkdtempSync(join(ours.dataDir, '..', 'taskspace-bench-sqlite-'));
  const sqlite = await startFloor('sqlite-post', { file: join(folder, 'messages.db') });
  const figures = await compare(
    [
      { name: 'Express 5, parses, stores nothing', server: express, requests },
      { name: 'Taskspace, durable', server: ours, requests },
      { name: 'Express 5 + better-sqlite3, FULL', server: sqlite, requests },
    ],
    rounds,
  );
  printTable(
    `POST …/messages over ${TASKSPACES} taskspaces: ${body.length} bytes`,
    figures,
    'Express 5, parses, stores nothing',
  );
  const [floor, own, peer] = figures;
  if (floor && own) printVerdict(own, floor, BAR);
  if (peer && own) printVerdict(own, peer, SQLITE_BAR);
  await Promise.all([ours.stop(), express.stop(), sqlite.stop()]);
  fs.rmSync(folder, { recursive: true, force: true });
  return figures;
}
