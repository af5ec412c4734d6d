/** Durable message posts over many taskspaces, one worker, beside an Express handler that stores nothing. */
import { compare, type Figures, printTable, printVerdict, type Rounds } from './measure.js';
import { startFloor, startTaskspace } from './processes.js';

const TASKSPACES = 64;
const BAR = 0.6;

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
  const figures = await compare(
    [
      { name: 'Express 5, parses, stores nothing', server: express, requests },
      { name: 'Taskspace, durable', server: ours, requests },
    ],
    rounds,
  );
  printTable(
    `POST …/messages over ${TASKSPACES} taskspaces: ${body.length} bytes`,
    figures,
    'Express 5, parses, stores nothing',
  );
  const [floor, own] = figures;
  if (floor && own) printVerdict(own, floor, BAR);
  await Promise.all([ours.stop(), express.stop()]);
  return figures;
}
