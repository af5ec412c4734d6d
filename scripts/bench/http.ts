/** Hot reads: ours, one worker on one core, beside raw node:http and Express with the same headers and body. */
import { compare, type Figures, printTable, type Rounds } from './measure.js';
import { startFloor, startTaskspace } from './processes.js';

const TASKS = 50;

export async function benchHttp(rounds: Rounds): Promise<Figures[]> {
  const ours = await startTaskspace({});
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
    const result = await compare(
      [
        { name: 'raw node:http', server: raw, requests },
        { name: 'Taskspace, strict', server: ours, requests },
        { name: 'Express 5', server: express, requests },
      ],
      rounds,
    );
    printTable(`GET ${path}: ${body.length} bytes`, result, 'raw node:http');
    figures.push(...result);
    const [, own, peer] = result;
    console.log(`\nTaskspace / Express: ${((own?.perSecond ?? 0) / (peer?.perSecond ?? 1)).toFixed(2)}`);
    await Promise.all([raw.stop(), express.stop()]);
  }
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
