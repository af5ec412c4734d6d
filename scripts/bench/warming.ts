/**
 * What warming in the background costs: CPU of all processes over three minutes, beside a server that does
 * not warm.
 */
import { Client } from './client.js';
import { type Line, printLines } from './lines.js';
import { type ServerProcess, startTaskspace } from './processes.js';

const TASKSPACES = 1_000;
const WORKERS = 2;
/** A round begins a minute after the last has ended; the first is that which finds nothing in L1. */
const WINDOW_MS = 62_000;
const WINDOWS = 3;
const BAR = 0.05;

export async function benchWarming(): Promise<Line[]> {
  const servers = await Promise.all(
    ['true', 'false'].map((on) =>
      startTaskspace({ WORKERS: String(WORKERS), ENABLE_BACKGROUND_WARMING: on }),
    ),
  );
  const [on, off] = servers;
  if (!on || !off) return [];
  await Promise.all(servers.map(write));
  const lines: Line[] = [];
  for (let window = 0; window < WINDOWS; window++) {
    const before = servers.map(cpuOf);
    await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
    const [busy = 0, idle = 0] = servers.map(
      (server, i) => (cpuOf(server) - (before[i] ?? 0)) / (WINDOW_MS / 1000),
    );
    const { warmed, failed } = await warmingOf(on);
    lines.push({
      name: `minute ${window + 1}: ${warmed} entries warmed so far, ${WORKERS} workers and the steward`,
      ours: `${(busy * 100).toFixed(2)} % of a core`,
      floor: `${(idle * 100).toFixed(2)} % (warming off)`,
      claim: `warming alone ${((busy - idle) * 100).toFixed(2)} %; bar < ${BAR * 100} %`,
      failed: failed + (busy - idle < BAR ? 0 : 1),
    });
  }
  for (const server of servers) await server.stop();
  printLines(
    `Warming in the background: ${TASKSPACES} taskspaces just written, nothing of them in L1, no requests`,
    lines,
  );
  return lines;
}

async function write({ port }: ServerProcess): Promise<void> {
  const client = new Client(port, 8);
  const all = Array.from({ length: TASKSPACES }, async (_, n) => {
    const target = `/api/taskspaces/w${n}`;
    await client.must('PUT', target, { name: `Taskspace ${n}`, owner: `owner-${n % 50}` });
    await client.must('PUT', `${target}/plan`, { goal: 'Warm', tasks: [{ id: 't1', name: 'One' }] });
  });
  await Promise.all(all);
  await client.must('POST', '/api/cache/invalidate', { all: true });
  client.close();
}

async function warmingOf({ port }: ServerProcess): Promise<{ warmed: number; failed: number }> {
  const client = new Client(port);
  const { body } = await client.must('GET', '/api/cache/stats');
  client.close();
  return JSON.parse(body.toString()).warming;
}

function cpuOf(server: ServerProcess): number {
  return server.cpuSecondsOfAll().reduce((sum, seconds) => sum + seconds, 0);
}
