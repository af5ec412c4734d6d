/**
 * Fault 32: what a killed upload has written is removed, and what another one writes at the same time is not.
 */
import { existsSync, readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '../kit/eventually.js';
import { api, demand } from '../kit/recorder.js';
import { expectPass, scene } from './scene.js';

const LENGTH = 1_000;

describe('uploads whose worker is killed', () => {
  it('leave nothing behind, and the one through another worker ends well', () =>
    scene(async ({ start, dataDir }) => {
      const cluster = await start({ workers: 2 });
      const connections = await cluster.pinned();
      const [first] = connections;
      if (!first) throw new Error('no worker');
      demand(await first.ask('PUT', api('a'), { body: {} }), 201);
      const folder = join(dataDir, 'taskspaces/a/.taskspace/tmp');
      const temporaries = (): string[] => (existsSync(folder) ? readdirSync(folder) : []);
      const sockets: Socket[] = [];
      for (let n = 0; n < 6; n++) sockets.push(halfAnUpload(cluster.port, n));
      await eventually(() => expect(temporaries()).toHaveLength(6));
      const doomed = Number(temporaries()[0]?.split('-')[0]);
      const ofDoomed = temporaries().filter((name) => name.startsWith(`${doomed}-`));
      expect(cluster.workerProcesses().map(({ pid }) => pid)).toContain(doomed);
      process.kill(doomed, 'SIGKILL');
      await eventually(() => expect(temporaries()).toHaveLength(6 - ofDoomed.length));
      for (const socket of sockets) if (!socket.destroyed) socket.write('x'.repeat(LENGTH / 2));
      await eventually(() => expect(temporaries()).toEqual([]));
      const there = demand(await (await cluster.connect()).ask('GET', api('a', '/artifacts')), 200);
      expect(there.json.items).toHaveLength(6 - ofDoomed.length);
      for (const socket of sockets) socket.destroy();
      await expectPass(dataDir);
    }));
});

function halfAnUpload(port: number, n: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `PUT ${api('a', `/artifacts/${n}`)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${LENGTH}\r\n\r\n`,
  );
  socket.write('x'.repeat(LENGTH / 2));
  return socket;
}
