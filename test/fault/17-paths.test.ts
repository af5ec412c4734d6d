/**
 * Fault 17: paths and ids that try to leave the folder, over a raw socket against a real server, and symlinks
 * planted in a taskspace. Each is refused or stays inside; nothing outside is touched, by a hash over
 * everything that is there.
 */
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Connection, codeOf } from '../kit/http-connection.js';
import { api, artifactText, demand, Recorder } from '../kit/recorder.js';
import { expectPass, scene } from './scene.js';

const ID = 'a';
const SECRET = 'a secret of somebody else';

/** Parts of a path that want out, as they stand in the request line. */
const WAYS_OUT = [
  '..',
  '../x',
  '../../outside/secret.txt',
  '../../../outside/secret.txt',
  '%2e%2e/x',
  '%2e%2e%2fx',
  '%2E%2E%2F%2E%2E%2F%2E%2E%2Foutside%2Fsecret.txt',
  '..%2f..%2f..%2foutside%2fsecret.txt',
  '..%5c..%5cx',
  '..%255c..%255cx/..%2f..',
  'x/../../y',
  'x/%2e%2e/%2e%2e/y',
  'x/..',
  './x',
  'x/./y',
  '.',
  '%2e',
  '/etc/passwd',
  '%2fetc%2fpasswd',
  'x//y',
  'x/',
  'x%00.txt',
  '%00',
  'x%0ay',
  'x%5cy',
  '%c0%ae%c0%ae/x',
  '%ff',
  '%',
  '%2',
  '%zz',
  '.git',
  '.git/config',
  'x/.GIT/hooks/post-checkout',
  '.taskspace/objects/x',
  '.taskspace',
  'e%CC%81',
  'y'.repeat(256),
  `${'z'.repeat(200)}/`.repeat(6).slice(0, -1),
];

const BAD_IDS = [
  '..',
  '%2e%2e',
  '%2e',
  '.',
  '__proto__',
  '.hidden',
  'A',
  'a%2fb',
  'a%00',
  '-a',
  '%2e%2e%2foutside',
  'a'.repeat(65),
];

/** Names that only look as if they were bad. */
const GOOD_PATHS = [
  '__proto__',
  'constructor',
  '..x',
  'x..',
  '...',
  'a%2Fb',
  '.gitignore',
  'y'.repeat(255),
  'C:',
  '~',
  '-rf',
  '%25',
];

describe('a path that wants out of its folder', () => {
  it('is refused, in every call that takes one, and nothing is touched', () =>
    scene(async ({ start, dataDir }) => {
      const outside = plantOutside(dataDir);
      const cluster = await start({ workers: 2 });
      const connection = await cluster.connect();
      demand(await connection.ask('PUT', api(ID), { body: {} }), 201);
      const before = settledHash(dirname(dataDir));
      for (const way of WAYS_OUT) {
        for (const path of [
          `/api/taskspaces/${ID}/artifacts/${way}`,
          `/api/taskspaces/${ID}/revisions/${way}`,
        ]) {
          for (const method of ['PUT', 'GET', 'PATCH', 'DELETE']) {
            const answer = await raw(cluster.port, method, path);
            expect(answer, `${method} ${path}`).toMatch(/^HTTP\/1\.1 4\d\d /);
            expect(answer).not.toContain(SECRET);
          }
        }
      }
      for (const id of BAD_IDS) {
        for (const [method, path] of [
          ['PUT', api(id)],
          ['GET', api(id)],
          ['DELETE', api(id)],
          ['PUT', api(id, '/artifacts/x')],
          ['POST', api(id, '/messages')],
          ['PATCH', api(ID, `/plan/tasks/${id === 'A' || id === 'a'.repeat(65) ? '%2e' : id}`)],
        ] as const) {
          const answer = await raw(cluster.port, method, path);
          expect(answer, `${method} ${path}`).toMatch(/^HTTP\/1\.1 4\d\d /);
        }
      }
      expect(settledHash(dirname(dataDir))).toEqual(before);
      expect(outside()).toEqual([]);
      expect(cluster.workerProcesses()).toHaveLength(2);
    }));

  it('is an ordinary name when it only looks like that', () =>
    scene(async ({ start, dataDir }) => {
      const outside = plantOutside(dataDir);
      const cluster = await start({ workers: 2 });
      const connections = await cluster.pinned();
      const recorder = new Recorder();
      const [first] = connections;
      if (!first) throw new Error('no worker');
      demand(await recorder.create(first, ID), 201);
      for (const path of GOOD_PATHS) {
        const put = await raw(cluster.port, 'PUT', api(ID, `/artifacts/${path}`));
        expect(put, path).toMatch(/^HTTP\/1\.1 201 /);
        for (const connection of connections)
          demand(await connection.ask('GET', api(ID, `/artifacts/${path}`)), 200);
      }
      expect(outside()).toEqual([]);
      await expectPass(dataDir, recorder);
    }));
});

describe('the hash over what is outside', () => {
  it('names what was changed, added and removed', () =>
    scene(async ({ dataDir }) => {
      const outside = plantOutside(dataDir);
      const folder = join(dirname(dataDir), 'outside');
      writeFileSync(join(folder, 'secret.txt'), 'changed');
      rmSync(join(folder, 'deep', 'file.txt'));
      symlinkSync('..', join(folder, 'added'));
      const names = new Set(outside().map((line) => line.split(' ')[0]));
      expect([...names].sort()).toEqual(['added', 'deep/file.txt', 'secret.txt']);
    }));
});

describe('a symlink that somebody planted in a taskspace', () => {
  it('is neither followed nor written through: bytes come from the object, and what it names stays as it is', () =>
    scene(async ({ start, dataDir }) => {
      const outside = plantOutside(dataDir);
      const cluster = await start({ workers: 2 });
      const [one, other] = await cluster.pinned();
      if (!one || !other) throw new Error('two workers are needed');
      const recorder = new Recorder();
      demand(await recorder.create(one, ID), 201);
      const artifacts = join(dataDir, 'taskspaces', ID, 'artifacts');
      const target = join(dirname(dataDir), 'outside');
      mkdirSync(artifacts, { recursive: true });
      symlinkSync(target, join(artifacts, 'folder'));
      symlinkSync(join(target, 'secret.txt'), join(artifacts, 'file.txt'));
      symlinkSync(join(target, 'new.txt'), join(artifacts, 'dangling.txt'));
      symlinkSync('..', join(artifacts, 'up'));
      symlinkSync('self', join(artifacts, 'self'));

      const paths = [
        'folder/new.txt',
        'folder/secret.txt',
        'file.txt',
        'dangling.txt',
        'up/journal.jsonl',
        'self/x',
      ];
      for (const path of paths) {
        expect(codeOf(await other.ask('GET', api(ID, `/artifacts/${path}`))), path).toBe('not_found');
        demand(await recorder.putArtifact(one, ID, path), 201);
        for (const connection of [one, other]) demand(await recorder.readArtifact(connection, ID, path), 200);
        demand(await recorder.putArtifact(other, ID, path), 200);
        demand(await one.ask('DELETE', api(ID, `/artifacts/${path}`)), 204);
        demand(await recorder.putArtifact(other, ID, path), 201);
        for (const connection of [one, other]) demand(await recorder.readArtifact(connection, ID, path), 200);
      }
      for (const name of ['folder', 'file.txt', 'dangling.txt', 'up', 'self'])
        expect(lstatSync(join(artifacts, name)).isSymbolicLink(), name).toBe(true);
      expect(outside()).toEqual([]);
      await expectPass(dataDir, recorder);
    }));

  it('in place of an object gives nothing of what it names', () =>
    scene(async ({ start, dataDir }) => {
      const outside = plantOutside(dataDir);
      const cluster = await start({ workers: 1 });
      const connection = await cluster.connect();
      const recorder = new Recorder();
      demand(await recorder.create(connection, ID), 201);
      const body = Buffer.from('x'.repeat(SECRET.length));
      const put = demand(await connection.ask('PUT', api(ID, '/artifacts/x.txt'), { body }), 201);
      const object = join(dataDir, 'taskspaces', ID, '.taskspace', 'objects', String(put.json.sha256));
      rmSync(object);
      symlinkSync(join(dirname(dataDir), 'outside', 'secret.txt'), object);
      const answer = await raw(cluster.port, 'GET', api(ID, '/artifacts/x.txt'));
      expect(answer).not.toContain(SECRET);
      expect(answer).toMatch(/^HTTP\/1\.1 5\d\d /);
      demand(await recorder.readMetadata(connection, ID), 200);
      expect(outside()).toEqual([]);
    }));

  it('in place of plan.json and taskspace.json leaves what it names as it is', () =>
    scene(async ({ start, dataDir }) => {
      const outside = plantOutside(dataDir);
      const cluster = await start({ workers: 1 });
      const connection: Connection = await cluster.connect();
      const recorder = new Recorder();
      const folder = join(dataDir, 'taskspaces', ID);
      mkdirSync(folder, { recursive: true });
      for (const name of ['plan.json', 'taskspace.json'])
        symlinkSync(join(dirname(dataDir), 'outside', 'secret.txt'), join(folder, name));
      demand(await recorder.create(connection, ID), 201);
      demand(await recorder.patchMetadata(connection, ID), 200);
      demand(await connection.ask('PUT', api(ID, '/plan'), { body: { goal: 'g', tasks: [] } }), 200);
      expect(outside()).toEqual([]);
      await expectPass(dataDir, recorder);
    }));
});

/**
 * Something beside the data folder that nobody may read or write. The function that is given tells what has
 * changed.
 */
function plantOutside(dataDir: string): () => string[] {
  const folder = join(dirname(dataDir), 'outside');
  mkdirSync(join(folder, 'deep'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), SECRET);
  writeFileSync(join(folder, 'deep', 'file.txt'), artifactText('deep'));
  const before = treeHash(folder, []);
  return () => treeHash(folder, before);
}

/** What the steward writes when it comes to it: the catalog, and that it has compared every journal. */
const OF_THE_STEWARD = [join('data', 'catalog'), join('data', 'feed', 'start.json')];

/** Without what the steward writes: all of it is derived. */
function settledHash(folder: string): string[] {
  return treeHash(folder, []).filter((line) => !OF_THE_STEWARD.some((name) => line.startsWith(name)));
}

/** Every name below a folder with the hash of what it is, without those in `known`. */
function treeHash(folder: string, known: readonly string[]): string[] {
  const lines = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const what = entry.isSymbolicLink() ? readlinkSync(path) : entry.isFile() ? hashOf(path) : 'folder';
    return `${relative(folder, path)} ${what}`;
  });
  if (known.length === 0) return lines.sort();
  return [...lines.filter((line) => !known.includes(line)), ...known.filter((line) => !lines.includes(line))];
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** One request whose path stands as it is, and all that comes back until the server closes. */
function raw(port: number, method: string, path: string): Promise<string> {
  const body = method === 'GET' || method === 'DELETE' ? '' : '{}';
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1'),
    );
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}
