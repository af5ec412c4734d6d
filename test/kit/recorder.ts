/**
 * Clients that write everything down: each call goes over a connection and into the history that the ledger
 * judges.
 *
 * What is written carries a mark that no other write of the history has: in `content` of messages,
 * `description` of metadata, `goal` of tasks, `X-Message` of artifacts.
 */
import { createHash } from 'node:crypto';
import type { Answer } from '../../scripts/http-request.js';
import { type Asked, type Connection, codeOf } from './http-connection.js';
import type { Call, Outcome } from './ledger.js';

export class Recorder {
  readonly history: Call[] = [];
  private marks = 0;

  constructor(private readonly name = 'w') {}

  /** A value that nobody else writes. */
  mark(): string {
    return `${this.name}-${++this.marks}`;
  }

  async create(connection: Connection, id: string): Promise<Answer> {
    const value = this.mark();
    const answer = await connection.ask('PUT', api(id), { body: { description: value } });
    this.wrote(`${id}/metadata`, value, answer);
    return answer;
  }

  async post(connection: Connection, id: string, key?: string, value = this.mark()): Promise<Answer> {
    const headers = key === undefined ? {} : { 'Idempotency-Key': key };
    const answer = await connection.ask('POST', api(id, '/messages'), { headers, body: { content: value } });
    const seq = answer.status === 201 ? Number(answer.json.seq) : null;
    this.wrote(`${id}/messages`, value, answer, seq);
    return answer;
  }

  async patchMetadata(connection: Connection, id: string, asked: Asked = {}): Promise<Answer> {
    const value = this.mark();
    const answer = await connection.ask('PATCH', api(id), { ...asked, body: { description: value } });
    this.wrote(`${id}/metadata`, value, answer);
    return answer;
  }

  /** A patch of one task, with its ETag as `If-Match` when given. */
  async patchTask(connection: Connection, id: string, task: string, ifMatch?: string): Promise<Answer> {
    const value = this.mark();
    const headers = ifMatch === undefined ? {} : { 'If-Match': ifMatch };
    const answer = await connection.ask('PATCH', api(id, `/plan/tasks/${task}`), {
      headers,
      body: { goal: value },
    });
    this.wrote(`${id}/tasks/${task}`, value, answer);
    return answer;
  }

  async putArtifact(connection: Connection, id: string, path: string): Promise<Answer> {
    const value = this.mark();
    const answer = await connection.ask('PUT', api(id, `/artifacts/${path}`), {
      headers: { 'X-Message': value, 'Content-Type': 'text/plain' },
      body: Buffer.from(artifactText(value)),
    });
    this.wrote(`${id}/artifacts/${path}`, value, answer);
    return answer;
  }

  /** The newest message. */
  async readMessages(connection: Connection, id: string): Promise<Answer> {
    const answer = await connection.ask('GET', api(id, '/messages?order=desc&limit=1'));
    if (answer.status === 200) {
      const { items, lastSeq } = answer.json as {
        items: { seq: number; content: string }[];
        lastSeq: number;
      };
      // A message that comes between the count and the page is in neither or in both.
      const [newest] = items;
      this.saw(`${id}/messages`, answer, newest?.seq ?? lastSeq, newest?.content ?? null);
    } else this.saw(`${id}/messages`, answer, answer.status === 404 ? 0 : null, null);
    return answer;
  }

  async readMetadata(connection: Connection, id: string): Promise<Answer> {
    const answer = await connection.ask('GET', api(id));
    this.sawVersion(`${id}/metadata`, answer, 'description');
    return answer;
  }

  async readTask(connection: Connection, id: string, task: string): Promise<Answer> {
    const answer = await connection.ask('GET', api(id, `/plan/tasks/${task}`));
    this.sawVersion(`${id}/tasks/${task}`, answer, 'goal');
    return answer;
  }

  /** The bytes, which must be those of the revision that the answer names. */
  async readArtifact(connection: Connection, id: string, path: string): Promise<Answer> {
    const answer = await connection.ask('GET', api(id, `/artifacts/${path}`));
    const resource = `${id}/artifacts/${path}`;
    if (answer.status !== 200) this.saw(resource, answer, answer.status === 404 ? 0 : null, null);
    else this.saw(resource, answer, Number(answer.headers['x-revision']), markIn(answer.body.toString()));
    return answer;
  }

  /** @param revision when the body does not have it as `revision`. */
  private wrote(resource: string, value: string, answer: Answer, revision: number | null = null): void {
    const outcome = outcomeOf(answer);
    const { start, end, worker, headers } = answer;
    const body = outcome === 'ok' && answer.body.length > 0 ? answer.json : {};
    this.history.push({
      ...{ resource, kind: 'write', start, end, outcome, value, worker },
      revision: revision ?? (typeof body.revision === 'number' ? body.revision : null),
      commit: outcome === 'ok' && headers['x-commit'] !== undefined ? Number(headers['x-commit']) : null,
      ...(headers['idempotency-replayed'] === 'true' ? { repeat: true } : {}),
    });
  }

  private sawVersion(resource: string, answer: Answer, member: string): void {
    if (answer.status === 200) {
      const body = answer.json;
      this.saw(resource, answer, Number(body.revision), String(body[member]) || null);
    } else this.saw(resource, answer, answer.status === 404 ? 0 : null, null);
  }

  private saw(resource: string, answer: Answer, revision: number | null, value: string | null): void {
    const { start, end, worker } = answer;
    const outcome = revision === null ? 'failed' : 'ok';
    this.history.push({ resource, kind: 'read', start, end, outcome, revision, commit: null, value, worker });
  }
}

export function api(id: string, rest = ''): string {
  return `/api/taskspaces/${id}${rest}`;
}

/** Throws when an answer is not what the rest of a test rests on. */
export function demand(answer: Answer, ...statuses: number[]): Answer {
  if (statuses.includes(answer.status)) return answer;
  throw new Error(`${answer.status} instead of ${statuses}: ${answer.body.toString().slice(0, 500)}`);
}

/** Long enough to be torn, and wrong in every byte when it is somebody else's. */
export function artifactText(mark: string): string {
  const digest = createHash('sha256').update(mark).digest('hex');
  return `${mark}\n${digest.repeat(40)}\n`;
}

function markIn(text: string): string {
  const mark = text.slice(0, text.indexOf('\n'));
  return artifactText(mark) === text ? mark : `bytes that nobody wrote: ${text.slice(0, 80)}`;
}

function outcomeOf(answer: Answer): Outcome {
  if (answer.status === 0 || codeOf(answer) === 'outcome_unknown') return 'unknown';
  return answer.status < 300 ? 'ok' : 'failed';
}
