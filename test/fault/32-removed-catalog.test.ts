/**
 * Fault 32: files of the catalog removed, cut short or replaced under a running server, with every worker
 * reading them.
 */
import { copyFileSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signal } from '../../scripts/process-table.js';
import { eventually } from '../kit/eventually.js';
import { inForm } from '../kit/form.js';
import { codeOf } from '../kit/http-connection.js';
import { OverviewLane, READS, WRITES } from './overviews.js';
import { scene } from './scene.js';

const ROUNDS = inForm(1, 20);
/** Made anew within this time, four times over. */
const ANEW_MS_MAX = 4 * 5_000;

const SPOILED: [string, (file: string) => void][] = [
  ['the log is removed', (file) => rmSync(`${file}-wal`)],
  ['the index of the log is removed', (file) => rmSync(`${file}-shm`)],
  ['the log is cut short', (file) => truncateSync(`${file}-wal`)],
  ['the file is cut short', (file) => truncateSync(file, 4096)],
  ['the file is put back', (file) => copyFileSync(`${file}.old`, file)],
  ['all of it is removed', (file) => rmSync(join(file, '..', '..'), { recursive: true })],
];

describe('lists and search', () => {
  it.each(SPOILED.slice(0, inForm(1, SPOILED.length)))(
    'are never old, and soon there again on all workers, when of the catalog %s',
    (_what, spoil) =>
      scene(async ({ start, dataDir, chance }) => {
        const cluster = await start({ workers: 2 });
        const lane = new OverviewLane('o', chance);
        const connections = await cluster.pinned();
        for (const kind of ['create', 'message', 'message', 'artifact'] as const)
          await lane.write(chance.pick(connections), kind);
        for (let round = 0; round < ROUNDS; round++) {
          for (const there of connections) expect(await lane.check(there, 'list')).toBeNull();
          const [format = ''] = readdirSync(join(dataDir, 'catalog'));
          const file = join(dataDir, 'catalog', format, 'catalog.db');
          if (round === 0) copyFileSync(file, `${file}.old`);
          spoil(file);
          // One that comes now has never had the files open.
          signal(cluster.pidOf(1), 'SIGKILL');
          const there = await cluster.pinnedTo(2);
          await lane.write(there, chance.pick(WRITES));
          const anew = await cluster.pinnedTo(1);
          for (const connection of [there, anew]) {
            await eventually(async () => {
              const answer = await connection.ask('GET', '/api/taskspaces?limit=1');
              if (answer.status !== 200) expect(codeOf(answer)).toMatch(/^catalog_|^overloaded$/);
              expect(answer.status).toBe(200);
            }, ANEW_MS_MAX);
            for (const read of READS)
              await eventually(
                async () => expect(await lane.check(connection, read)).toBeNull(),
                ANEW_MS_MAX,
              );
          }
          connections.splice(0, 2, there, anew);
        }
      }),
  );
});
