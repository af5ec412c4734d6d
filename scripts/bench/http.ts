/**
 * Hot reads: ours, one worker on one core, beside raw node:http and what people build, with the same body.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { type Contender, compare, type Figures, printTable, printVerdict, type Rounds } from './measure.js';
import { type ServerProcess, startFloor, startTaskspace } from './processes.js';
import { startRedis } from './redis.js';

const TASKS = 50;
const RAW_BAR = 1;
const EXPRESS_BAR = 3;

export async function benchHttp(rounds: Rounds): Promise<Figures[]> {
  const ours = await startTaskspace({});
  const redis = await startRedis();
  const base = `http://127.0.0.1:${ours.port}/api/taskspaces/hot`;
  await put(base, {
    name: 'A taskspace that is read a lot',
    description: 'Hot',
    tags: ['bench'],
    data: { run: 1 },
  });
  await put(`${base}/plan`, {
    goal: 'Read fast',
    tasks: Array.from({ length: TASKS }, (_, i) => ({ id: `t${i}`, name: `Task ${i}` })),
  });
  const figures: Figures[] = [];
  for (const path of ['/api/taskspaces/hot', '/api/taskspaces/hot/plan']) {
    const answer = await fetch(`http://127.0.0.1:${ours.port}${path}`);
    const body = Buffer.from(await answer.arrayBuffer());
    const headers = [...answer.headers]
      .filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name))
      .flat();
    const floor = { headers, body: body.toString('base64') };
    const raw = await startFloor('raw', floor);
    const express = await startFloor('express', floor);
    const requests = [`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`];
    const known = `If-None-Match: ${answer.headers.get('etag')}\r\n`;
    const conditional = [`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${known}\r\n`];
    const file = join(ours.dataDir, 'body.json');
    fs.writeFileSync(file, body);
    const readFile = await startFloor('readfile', { file });
    const contenders: Contender[] = [
      { name: 'raw node:http', server: raw, requests },
      { name: 'Taskspace, strict', server: ours, requests },
      { name: 'Taskspace, strict, 304', server: ours, requests: conditional },
      { name: 'Express 5', server: express, requests },
      { name: 'Express 5 + readFile + JSON', server: readFile, requests },
    ];
    const cached: ServerProcess[] = [];
    if (redis) {
      await redis.client.set('body', body);
      const server = await startFloor('redis', { ...floor, body: '', redis: redis.url });
      cached.push(server);
      contenders.push({ name: 'Express 5 + Redis GET', server, requests });
    }
    const result = await compare(contenders, rounds);
    printTable(`GET ${path}: ${body.length} bytes`, result, 'raw node:http');
    figures.push(...result);
    const [limit, own, unchanged, peer] = result;
    if (limit && own) printVerdict(own, limit, RAW_BAR);
    if (unchanged && own) printVerdict(unchanged, own, RAW_BAR);
    if (peer && own) printVerdict(own, peer, EXPRESS_BAR);
    await Promise.all([raw, express, readFile, ...cached].map((server) => server.stop()));
  }
  await redis?.stop();
  await ours.stop();
  return figures;
}

async function put(url: string, body: object): Promise<void> {
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
}
