/**
 * The servers that ours is measured against, in one process of their own.
 *
 * Usage:  node floors.mjs raw|express|express-post|sqlite-post|readfile|redis
 * Input:  JSON {headers: [name, value, …], body: base64, file, redis}
 * Output: one line with the port it listens on.
 *   raw           node:http that sends a constant Buffer with the given headers: the limit for Node
 *   express       the same handler inside Express 5
 *   express-post  Express 5 that parses a JSON body and answers it with 201, storing nothing
 *   sqlite-post   the same, storing it in SQLite (`file`) as people do: better-sqlite3, WAL, one commit a
 *                 post, synced to disk before the answer (synchronous=FULL)
 *   readfile      Express 5, fs.readFile and JSON for every request: what people write
 *   redis         Express 5 and a GET of the key `body` for every request: the usual cache
 */
import fs from 'node:fs';
import http from 'node:http';

const [kind] = process.argv.slice(2);
const { headers = [], body = '', file = '', redis = '' } = JSON.parse(fs.readFileSync(0, 'utf8'));
const bytes = Buffer.from(body, 'base64');
const constant = (_req, res) => {
  res.writeHead(200, headers);
  res.end(bytes);
};

const server = http.createServer(
  { keepAliveTimeout: 65_000, requestTimeout: 0, noDelay: true },
  await listener(),
);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

/** Each loads what it needs alone: how long the bare one takes to start is measured as well. */
async function listener() {
  if (kind === 'raw') return constant;
  const { default: express } = await import('express');
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  if (kind === 'express') app.get('/api/taskspaces/:id', constant).get('/api/taskspaces/:id/plan', constant);
  if (kind === 'express-post') {
    app.use(express.json({ limit: '16mb' }));
    app.post('/api/taskspaces/:id/messages', (req, res) => res.status(201).json({ seq: 1, ...req.body }));
  }
  if (kind === 'sqlite-post') {
    const { default: Database } = await import('better-sqlite3');
    const db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.exec(
      'CREATE TABLE messages(taskspace TEXT, seq INTEGER, body TEXT, PRIMARY KEY(taskspace, seq)) WITHOUT ROWID',
    );
    const last = db.prepare('SELECT MAX(seq) AS seq FROM messages WHERE taskspace = ?');
    const insert = db.prepare('INSERT INTO messages VALUES(?, ?, ?)');
    const post = db.transaction((id, message) => {
      const seq = (last.get(id).seq ?? 0) + 1;
      insert.run(id, seq, JSON.stringify(message));
      return seq;
    });
    app.use(express.json({ limit: '16mb' }));
    app.post('/api/taskspaces/:id/messages', (req, res) => {
      res.status(201).json({ seq: post.immediate(req.params.id, req.body), ...req.body });
    });
  }
  if (kind === 'redis') {
    const { Redis } = await import('ioredis');
    const client = new Redis(redis);
    const cached = async (_req, res) => {
      const found = await client.getBuffer('body');
      res.writeHead(200, headers);
      res.end(found);
    };
    app.get('/api/taskspaces/:id', cached).get('/api/taskspaces/:id/plan', cached);
  }
  if (kind === 'readfile') {
    app.get(/^\/api\/taskspaces/, (_req, res, next) => {
      fs.readFile(file, 'utf8', (error, content) => (error ? next(error) : res.json(JSON.parse(content))));
    });
  }
  return app;
}
