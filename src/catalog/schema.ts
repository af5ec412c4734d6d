/**
 * The catalog's tables (DESIGN.md section 3). All of it is derived from journals: another FORMAT is another
 * folder, made anew. How to query the tables is described above `SCHEMA`.
 */

/** Grows with every change of these tables, and of their contents. */
export const FORMAT = 8;

/** `docs.type`, by index. */
export const TYPES = ['taskspace', 'message', 'artifact', 'task'] as const;
export type DocType = (typeof TYPES)[number];

export function typeOf(index: number): DocType {
  return TYPES[index] ?? 'taskspace';
}

/** The sums of `totals`, in this order. */
export const TOTALS = [
  ...['draft', 'active', 'completed', 'failed', 'archived'],
  ...['tasks', 'tasks_pending', 'tasks_in_progress', 'tasks_completed', 'tasks_failed', 'tasks_cancelled'],
  /** `halted` counts taskspaces whose plan is halted. */
  ...['tasks_ready', 'halted', 'messages', 'message_bytes'],
  ...['artifacts', 'revisions', 'bytes', 'stored_bytes', 'journal_bytes'],
] as const;

/**
 * The sums of a day: taskspaces created, messages posted, revisions written, tasks completed, revision bytes.
 */
export const DAY_SUMS = ['taskspaces', 'messages', 'revisions', 'completed', 'bytes'] as const;

/**
 * How to query the tables.
 *
 * **Places.** `places` holds how far the feed has been applied: `rows` for everything but texts, `texts` for
 * `docs`, `texts_index` and `names`, `newest` = the newest commit included (`positionText` prints it).
 * `epoch` is the feed's: places of another feed say nothing about this one. A place is written in the same
 * transaction as what it covers. Readers never compare places themselves: `CatalogReader` does.
 *
 * **Taskspaces.** `taskspaces` holds one row for each *live* taskspace; `n` numbers a generation and is never
 * used again. `body` (in `bodies`) is the Taskspace of API.md section 9 as JSON text without `summary`,
 * `summary` is its Summary. Times are ms since 1970. `name_key` is the lower-cased name: BINARY order of
 * UTF-8 is the order of code points. Every list order has an index for each status, for all and for one
 * owner: a list is a merge of one walk for each requested status, so that a rare status costs no more than a
 * common one. `by_active` orders taskspaces by their latest commits. `tags(tag, n)`: one EXISTS for each
 * requested tag. `name_words(word, n)`: folded words (`tokenize` of tokenize.ts) of name and id, for `q`.
 * `trash` holds the deleted ones. `journals.trouble` is set (a code) where a journal cannot be folded; the
 * row of its last good state stays.
 *
 * **Everything else belongs to an `n`** and may outlive its taskspace for a while, since a deleted one is
 * cleared in pieces: always `JOIN taskspaces USING (n)`. `artifacts` holds the newest live revisions (`body`:
 * Artifact as JSON, without `taskspace`; `taskspace`: the id, for order and cursors). `claims` and
 * `escalations` carry the owner.
 *
 * **Aggregates.** `totals` has one row for each owner and one for all (owner ''), `days` the same by UTC day;
 * both are kept by differences in the same transaction, so a dashboard reads single rows. A row may be
 * missing: all zero.
 *
 * **Texts.** `docs` has one row for each thing that can be found; its key `doc` is `at_ms * 2048 + slot`, so
 * `ORDER BY rowid DESC LIMIT k` streams the newest first without sorting. `texts_index` is FTS5 over it,
 * columns `title`, `body`, `parts` (the pieces of camelCase words) and `scope` (tokens of doc-scope.ts:
 * `scope:"n12" AND {title body parts}:("word")` is an intersection, not a scan). `rowid` of the index =
 * `doc`. While all is made anew, `meta.indexed` is the last doc that is in the index: the others follow in
 * the order of their keys. `title_key` and `body_key` are given to the index in place of texts that it cannot
 * fold (`indexKey` of tokenize.ts). `names(key, doc)`: the names of a doc (doc-scope.ts), for hits by the
 * beginning of a name. Types: `TYPES`; `ref` as in Hit; `label`: the sender of a message.
 *
 * The index knows a taskspace by its first owner (`first_owner`): texts are not indexed again when it changes
 * owners. `by_moved` finds an owner's taskspaces that had another first owner.
 */
export const SCHEMA = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE places(part TEXT PRIMARY KEY, epoch TEXT NOT NULL, segment INTEGER NOT NULL, at INTEGER NOT NULL, "commit" INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE journals(
  id TEXT PRIMARY KEY, mark TEXT NOT NULL, "commit" INTEGER NOT NULL, head TEXT NOT NULL, time TEXT NOT NULL,
  trouble TEXT
) WITHOUT ROWID;
CREATE INDEX journals_in_trouble ON journals(id) WHERE trouble IS NOT NULL;

CREATE TABLE taskspaces(
  n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, life TEXT NOT NULL, etag TEXT NOT NULL,
  name TEXT NOT NULL, name_key TEXT NOT NULL, owner TEXT NOT NULL, first_owner TEXT NOT NULL, status TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, active_at INTEGER NOT NULL,
  journal_bytes INTEGER NOT NULL, summary TEXT NOT NULL,
  text_commit INTEGER NOT NULL DEFAULT 0, text_time TEXT NOT NULL DEFAULT '', text_seq INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE bodies(n INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE INDEX by_updated ON taskspaces(status, updated_at, id);
CREATE INDEX by_created ON taskspaces(status, created_at, id);
CREATE INDEX by_name ON taskspaces(status, name_key, id);
CREATE INDEX by_id ON taskspaces(status, id);
CREATE INDEX by_owner_updated ON taskspaces(owner, status, updated_at, id);
CREATE INDEX by_owner_created ON taskspaces(owner, status, created_at, id);
CREATE INDEX by_owner_name ON taskspaces(owner, status, name_key, id);
CREATE INDEX by_owner_id ON taskspaces(owner, status, id);
CREATE INDEX by_active ON taskspaces(active_at, id);
CREATE INDEX by_owner_active ON taskspaces(owner, active_at, id);
CREATE INDEX by_moved ON taskspaces(owner) WHERE first_owner <> owner;

CREATE TABLE tags(tag TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(tag, n)) WITHOUT ROWID;
CREATE INDEX tags_of ON tags(n);
CREATE TABLE name_words(word TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(word, n)) WITHOUT ROWID;
CREATE INDEX name_words_of ON name_words(n, word);

CREATE TABLE trash(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, deleted_at INTEGER NOT NULL, bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX trash_by_time ON trash(deleted_at, id);

CREATE TABLE artifacts(
  n INTEGER NOT NULL, path TEXT NOT NULL, taskspace TEXT NOT NULL, type TEXT,
  outdated INTEGER NOT NULL, modified INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY(n, path)
) WITHOUT ROWID;
CREATE INDEX artifacts_by_path ON artifacts(taskspace, path);
CREATE INDEX artifacts_by_type ON artifacts(type, taskspace, path) WHERE type IS NOT NULL;
CREATE INDEX artifacts_outdated ON artifacts(taskspace, path) WHERE outdated = 1;
CREATE INDEX artifacts_modified ON artifacts(taskspace, path) WHERE modified = 1;

CREATE TABLE claims(
  n INTEGER NOT NULL, task TEXT NOT NULL, owner TEXT NOT NULL, agent TEXT NOT NULL, expires_at INTEGER NOT NULL,
  PRIMARY KEY(n, task)
) WITHOUT ROWID;
CREATE INDEX claims_by_time ON claims(expires_at);
CREATE INDEX claims_by_owner ON claims(owner, expires_at);
CREATE TABLE escalations(
  n INTEGER NOT NULL, task TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, error TEXT, at INTEGER NOT NULL,
  PRIMARY KEY(n, task)
) WITHOUT ROWID;
CREATE INDEX escalations_by_time ON escalations(at);
CREATE INDEX escalations_by_owner ON escalations(owner, at);

CREATE TABLE totals(owner TEXT PRIMARY KEY, ${TOTALS.map((name) => `${name} INTEGER NOT NULL`).join(', ')}) WITHOUT ROWID;
CREATE TABLE days(
  owner TEXT NOT NULL, day TEXT NOT NULL, ${DAY_SUMS.map((name) => `${name} INTEGER NOT NULL`).join(', ')},
  PRIMARY KEY(owner, day)
) WITHOUT ROWID;
CREATE TABLE taskspace_days(
  n INTEGER NOT NULL, day TEXT NOT NULL, ${DAY_SUMS.map((name) => `${name} INTEGER NOT NULL`).join(', ')},
  PRIMARY KEY(n, day)
) WITHOUT ROWID;

CREATE TABLE docs(
  doc INTEGER PRIMARY KEY, n INTEGER NOT NULL, type INTEGER NOT NULL, ref TEXT NOT NULL, at INTEGER NOT NULL,
  label TEXT NOT NULL, title TEXT NOT NULL, scope TEXT NOT NULL, parts TEXT NOT NULL, body TEXT NOT NULL,
  title_key TEXT, body_key TEXT
);
CREATE VIEW keyed_docs AS SELECT doc, coalesce(title_key, title) AS title, coalesce(body_key, body) AS body, parts, scope
  FROM docs;
CREATE UNIQUE INDEX docs_of ON docs(n, type, ref);
CREATE VIRTUAL TABLE texts_index USING fts5(
  title, body, parts, scope, content='keyed_docs', content_rowid='doc', tokenize="unicode61 remove_diacritics 2"
);
CREATE TABLE names(key TEXT NOT NULL, doc INTEGER NOT NULL, PRIMARY KEY(key, doc)) WITHOUT ROWID;
CREATE TABLE dead(n INTEGER PRIMARY KEY);
PRAGMA user_version = ${FORMAT};
`;
