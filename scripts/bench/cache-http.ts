/** Workload A over HTTP: throughput beside raw node:http, and every read while another worker writes. */

import type { Answer } from '../http-request.js';
import { Client, onTwoWorkers } from './client.js';
import { type Line, printLines, shown, spreadOf } from './lines.js';
import { compare, type Figures, printTable, type Rounds } from './measure.js';
import { type ServerProcess, startFloor, startTaskspace } from './processes.js';
import { artifactOf, ID, MESSAGES, READS, TASKS } from './workload-a.js';

const BASE = `/api/taskspaces/${ID}`;
const CHECKED_READS = 2_000;
/** One write for so many reads: 20 % of all calls. */
const READS_PER_WRITE = 4;

export async function benchReads(rounds: Rounds): Promise<Figures[]> {
  const servers = {
    'no cache': await startTaskspace({ ENABLE_MEMORY_CACHE: 'false' }),
    strict: await startTaskspace({}),
    bounded: await startTaskspace({ CONSISTENCY: 'bounded' }),
  };
  for (const { port } of Object.values(servers)) await fill(port, BASE);
  const figures: Figures[] = [];
  for (const { name, target } of READS) {
    const body = (await askOnce(servers.strict, BASE + target)).body;
    const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length)];
    const raw = await startFloor('raw', { headers, body: body.toString('base64') });
    const requests = [`GET ${BASE}${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`];
    const contenders = [{ name: 'raw node:http', server: raw, requests }];
    for (const [mode, server] of Object.entries(servers)) contenders.push({ name: mode, server, requests });
    const result = await compare(contenders, { ...rounds, seconds: Math.max(1, rounds.seconds / 3) });
    printTable(`GET ${name}: ${body.length} bytes`, result, 'raw node:http');
    figures.push(...result.map((one) => ({ ...one, name: `${name}, ${one.name}` })));
    await raw.stop();
  }
  for (const server of Object.values(servers)) await server.stop();
  return figures;
}

/**
 * Each read 2,000 times on one worker, while the other one writes what is read; stale = older than an
 * answered write.
 */
export async function benchStale(): Promise<Line[]> {
  const lines: Line[] = [];
  for (const mode of ['strict', 'bounded'] as const) {
    const server = await startTaskspace({ WORKERS: '2', CONSISTENCY: mode });
    for (const [index, { name, target }] of READS.entries()) {
      // One taskspace for each, or the journal of the last would hold the writes of all before it.
      const base = `${BASE}-${index}`;
      await fill(server.port, base);
      lines.push(await readWhileWriting(server, { mode, name, target, base }));
    }
    await server.stop();
  }
  printLines('Workload A over HTTP, 20 % writes on the other worker, one connection each: p50 / p99', lines);
  return lines;
}

async function readWhileWriting(
  { port }: ServerProcess,
  { mode, name, target, base }: { mode: string; name: string; target: string; base: string },
): Promise<Line> {
  const [reader, writer] = await onTwoWorkers(port);
  const took: number[] = [];
  let [answered, stale, failed, number] = [0, 0, 0, 0];
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    const reply = await WRITES[target]?.(writer, base, number++);
    if (reply === undefined || reply.status >= 300) failed++;
    else answered = Math.max(answered, versionOf(target, reply));
  };
  for (let read = 0; read < CHECKED_READS; read++) {
    if (read % READS_PER_WRITE === 0) {
      await writing;
      writing = write();
    }
    const before = answered;
    const startedAt = performance.now();
    const reply = await reader.ask('GET', base + target);
    took.push((performance.now() - startedAt) * 1000);
    if (reply.status !== 200) failed++;
    else if (versionOf(target, reply) < before) stale++;
  }
  await writing;
  reader.close();
  writer.close();
  // What bounded may show is an older state, for at most MAX_STALENESS_MS: it is counted, and it is no
  // failure.
  const wrong = mode === 'strict' ? stale : 0;
  return {
    name: `${name}, ${mode}`,
    ours: shown(spreadOf(took)),
    claim: `${stale} stale of ${CHECKED_READS}${mode === 'strict' ? ' (0 allowed)' : ''}`,
    failed: failed + wrong,
  };
}

type Write = (client: Client, base: string, n: number) => Promise<Answer>;

const postMessage: Write = (client, base, n) => client.ask('POST', `${base}/messages`, MESSAGES[n % 40]);
const putArtifact: Write = (client, base, n) =>
  client.ask('PUT', `${base}/artifacts/notes/4.md`, Buffer.from(`${n} ${artifactOf(4)}`));

const WRITES: Record<string, Write> = {
  '': (client, base, n) => client.ask('PATCH', base, { name: `Name ${n}` }),
  '/plan': (client, base, n) => client.ask('PUT', `${base}/plan`, { goal: `Goal ${n}`, tasks: TASKS }),
  '/artifacts': putArtifact,
  '/artifacts/notes/4.md': putArtifact,
  '/messages?conversation=default': postMessage,
  '/summary': postMessage,
};

/** What grows with each write of what is read: in the answer to a write, and in that to a read. */
function versionOf(target: string, { headers, body }: Answer): number {
  const fromHeader = headers['x-revision'];
  if (target === '/artifacts/notes/4.md' && fromHeader !== undefined) return Number(fromHeader);
  const json = JSON.parse(body.toString());
  if (target === '/summary') return json.commit ?? Number(headers['x-commit']);
  if (target.startsWith('/messages')) return json.lastSeq ?? json.seq;
  if (target === '/artifacts' && json.items) return json.items.at(-1)?.revision ?? 0;
  return json.revision;
}

async function fill(port: number, base: string): Promise<void> {
  const client = new Client(port);
  await client.must('PUT', base, { name: 'Workload A' });
  await client.must('PUT', `${base}/plan`, { goal: 'Read fast', tasks: TASKS });
  for (const message of MESSAGES) await client.must('POST', `${base}/messages`, message);
  for (let n = 0; n < 5; n++) await client.must('PUT', `${base}/artifacts/notes/${n}.md`, artifactOf(n));
  client.close();
}

async function askOnce({ port }: ServerProcess, target: string): Promise<Answer> {
  const client = new Client(port);
  const reply = await client.must('GET', target);
  client.close();
  return reply;
}
