/**
 * A client pinned to one worker by its keep-alive connection: reads and writes of every kind, one after the
 * other, each written down. When its worker dies it goes to another one, or back to its own once that serves;
 * that is a new session.
 */
import { artifactText } from '../kit/recorder.js';
import type { Chance } from '../kit/seed.js';
import { Chain, type ChangesPage } from './chain.js';
import type { Notes } from './notes.js';
import { headerOf, type Reply, Wire, workerOf } from './wire.js';

/** How often it tries to reach its own worker before it takes any. */
const TRIES_MAX = 12;
const PAUSE_MS = 10;
const CHANGES_MAX = 500;
const JSON_TYPE = 'Content-Type: application/json\r\n';
const PATCH_TYPE = 'Content-Type: application/merge-patch+json\r\n';
const CONVERSATIONS = ['default', 'a', 'a_b'];

let sessions = 0;

/**
 * How often each kind of call comes, of all together. The first two are the hot path, and most of it, as in
 * life.
 */
const WEIGHTS = {
  metadata: 80,
  plan: 45,
  task: 9,
  messages: 8,
  artifact: 4,
  summary: 9,
  conversations: 4,
  export: 2,
  changes: 3,
  list: 2,
  search: 2,
  dashboard: 2,
  patchMetadata: 2,
  putMetadata: 1,
  patchTask: 2,
  putPlan: 1,
  post: 2,
  putArtifact: 1,
} as const;
export type Kind = keyof typeof WEIGHTS;
const KINDS = (Object.keys(WEIGHTS) as Kind[]).flatMap((kind) =>
  Array.from({ length: WEIGHTS[kind] }, () => kind),
);

const HOT: readonly Kind[] = ['metadata', 'metadata', 'plan'];

export class Client {
  readonly chain = new Chain();
  session = 0;
  worker: number | null = null;
  private wire: Wire | null = null;
  private readonly etags = new Map<string, string>();

  constructor(
    private readonly port: number,
    private readonly wanted: number | null,
    private readonly chance: Chance,
    public notes: Notes,
  ) {}

  /** One call of a kind that chance picks. @param hot most of them are of the hot path. */
  step(ids: readonly string[], hot = false): Promise<void> {
    const kinds = hot && this.chance.below(10) < 7 ? HOT : KINDS;
    return this.do(this.chance.pick(kinds), this.chance.pick(ids));
  }

  /** Back to its own worker, if trouble has driven it to another one. */
  goHome(): void {
    if (this.worker !== this.wanted) this.close();
  }

  do(kind: Kind, id: string): Promise<void> {
    return this[kind](id);
  }

  close(): void {
    this.wire?.close();
  }

  /** Follows the changes from now on; what exists already must not be written to any more. */
  async followFromNow(): Promise<void> {
    const reply = await this.get('/api/changes?since=now&limit=1');
    this.chain.take(JSON.parse(reply.body.toString()) as ChangesPage);
  }

  /** Creates a taskspace with what the calls need. */
  async create(id: string): Promise<void> {
    await this.putMetadata(id);
    await this.putPlan(id);
    await this.putArtifact(id);
  }

  async metadata(id: string): Promise<void> {
    this.sawVersion(`${id}/metadata`, await this.get(at(id)), 'description');
  }

  /** The plan, for the sake of the task in it. */
  async plan(id: string): Promise<void> {
    const reply = await this.get(at(id, '/plan'));
    if (reply.status !== 200) return;
    const { tasks } = JSON.parse(reply.body.toString()) as { tasks: { revision: number; goal: string }[] };
    const [task] = tasks;
    this.notes.read(this.session, `${id}/tasks/a`, reply, task?.revision ?? 0, task?.goal ?? null);
  }

  async task(id: string): Promise<void> {
    this.sawVersion(`${id}/tasks/a`, await this.get(at(id, '/plan/tasks/a')), 'goal');
  }

  async messages(id: string): Promise<void> {
    const reply = await this.get(at(id, '/messages?order=desc&limit=1'));
    if (reply.status !== 200) return;
    const page = JSON.parse(reply.body.toString()) as {
      items: { seq: number; content: string }[];
      lastSeq: number;
    };
    const [newest] = page.items;
    const seq = newest?.seq ?? page.lastSeq;
    this.notes.read(this.session, `${id}/messages`, reply, seq, newest?.content ?? null);
  }

  /** The bytes, which must be those of the revision that the answer names. */
  async artifact(id: string): Promise<void> {
    const reply = await this.get(at(id, '/artifacts/x.txt'));
    if (reply.status !== 200) return;
    const text = reply.body.toString();
    const mark = text.slice(0, text.indexOf('\n'));
    if (artifactText(mark) !== text) this.notes.fail(`bytes that nobody wrote: ${text.slice(0, 80)}`);
    const revision = Number(headerOf(reply.head, 'X-Revision'));
    this.notes.read(this.session, `${id}/artifacts/x.txt`, reply, revision, mark);
  }

  async summary(id: string): Promise<void> {
    this.sawCommit(id, await this.get(at(id, '/summary')));
  }

  async export(id: string): Promise<void> {
    this.sawCommit(id, await this.get(at(id, '/export?format=json')));
  }

  /** The newest seq of all conversations is that of the log. */
  async conversations(id: string): Promise<void> {
    const reply = await this.get(at(id, '/conversations'));
    if (reply.status !== 200) return;
    const { items } = JSON.parse(reply.body.toString()) as { items: { lastSeq: number }[] };
    const seq = Math.max(0, ...items.map(({ lastSeq }) => lastSeq));
    this.notes.read(this.session, `${id}/messages`, reply, seq, null);
  }

  /** The list with summaries shows both the metadata and the commit that each taskspace has reached. */
  async list(id: string): Promise<void> {
    const reply = await this.get(`/api/taskspaces?q=${id}&include=summary&limit=500`);
    if (reply.status !== 200) return;
    const { items } = JSON.parse(reply.body.toString()) as { items: Listed[] };
    const item = items.find((one) => one.id === id);
    if (!item) return this.notes.fail(`the list does not have ${id}`);
    this.notes.read(this.session, `${id}/commits`, reply, item.summary.commit, null);
    this.notes.read(this.session, `${id}/metadata`, reply, item.revision, item.description || null);
  }

  /** Every message holds the name of its phase; the first hit is the newest. */
  async search(id: string): Promise<void> {
    const reply = await this.get(`/api/search?q=${this.notes.name}&type=message&taskspace=${id}&limit=1`);
    if (reply.status !== 200) return;
    const { items } = JSON.parse(reply.body.toString()) as { items: { ref: string }[] };
    this.notes.read(this.session, `${id}/messages`, reply, Number(items[0]?.ref ?? 0), null);
  }

  /** The newest change of a taskspace that is shown at all is its last. */
  async dashboard(id: string): Promise<void> {
    const own = this.chance.below(2) === 0;
    const reply = await this.get(own ? at(id, '/dashboard') : '/api/dashboard');
    if (reply.status !== 200) return;
    const { activity } = JSON.parse(reply.body.toString()) as {
      activity: { taskspace: string; commit: number }[];
    };
    const newest = activity.find(({ taskspace }) => taskspace === id);
    if (newest) this.notes.read(this.session, `${id}/commits`, reply, newest.commit, null);
    else if (own) this.notes.fail(`the dashboard of ${id} shows no change`);
  }

  /** Takes the chain to its end; then it has shown what every taskspace has reached. */
  async changes(id: string): Promise<void> {
    for (;;) {
      const { position, faults } = this.chain;
      const since = position === null ? '' : `&since=${position}`;
      const reply = await this.get(`/api/changes?limit=${CHANGES_MAX}${since}`);
      if (reply.status === 410 && position !== null) {
        this.chain.beginAgain();
        continue;
      }
      if (reply.status !== 200) return;
      const page = JSON.parse(reply.body.toString()) as ChangesPage;
      this.chain.take(page);
      for (const fault of faults.splice(0)) this.notes.fail(fault);
      if (page.items.length === CHANGES_MAX) continue;
      if (this.chain.knows(id))
        this.notes.read(this.session, `${id}/commits`, reply, this.chain.of(id), null);
      return;
    }
  }

  async patchMetadata(id: string): Promise<void> {
    const mark = this.notes.mark();
    const reply = await this.send('PATCH', at(id), PATCH_TYPE, { description: mark });
    this.wroteVersion(`${id}/metadata`, reply, mark);
  }

  /** On the version that this client knows, if any: 412 when somebody was faster. */
  async putMetadata(id: string): Promise<void> {
    const mark = this.notes.mark();
    const type = JSON_TYPE + this.condition(`${id}/metadata`);
    this.wroteVersion(`${id}/metadata`, await this.send('PUT', at(id), type, { description: mark }), mark);
  }

  async patchTask(id: string): Promise<void> {
    const mark = this.notes.mark();
    const type = PATCH_TYPE + (this.chance.below(2) === 0 ? this.condition(`${id}/tasks/a`) : '');
    const reply = await this.send('PATCH', at(id, '/plan/tasks/a'), type, { goal: mark });
    this.wroteVersion(`${id}/tasks/a`, reply, mark);
  }

  async putPlan(id: string): Promise<void> {
    const mark = this.notes.mark();
    const tasks = [{ id: 'a', name: 'A', goal: mark }];
    const reply = await this.send('PUT', at(id, '/plan'), JSON_TYPE, { tasks });
    const plan =
      reply.status === 200 ? (JSON.parse(reply.body.toString()) as { tasks: { revision: number }[] }) : null;
    this.notes.wrote(this.session, `${id}/tasks/a`, reply, plan?.tasks[0]?.revision ?? null, mark);
  }

  async post(id: string): Promise<void> {
    const mark = this.notes.mark();
    const conversation = this.chance.pick(CONVERSATIONS);
    const reply = await this.send('POST', at(id, '/messages'), JSON_TYPE, { content: mark, conversation });
    this.notes.wrote(this.session, `${id}/messages`, reply, numberIn(reply, 'seq'), mark);
  }

  async putArtifact(id: string): Promise<void> {
    const mark = this.notes.mark();
    const headers = `Content-Type: text/plain\r\nX-Message: ${mark}\r\n`;
    const reply = await this.ask('PUT', at(id, '/artifacts/x.txt'), headers, artifactText(mark));
    this.notes.wrote(this.session, `${id}/artifacts/x.txt`, reply, numberIn(reply, 'revision'), mark);
  }

  private condition(resource: string): string {
    const etag = this.etags.get(resource);
    return etag === undefined ? '' : `If-Match: ${etag}\r\n`;
  }

  private sawVersion(resource: string, reply: Reply, member: string): void {
    if (reply.status !== 200) return;
    this.keepTag(resource, reply);
    const body = JSON.parse(reply.body.toString()) as Record<string, unknown>;
    this.notes.read(this.session, resource, reply, Number(body.revision), String(body[member]) || null);
  }

  private wroteVersion(resource: string, reply: Reply, mark: string): void {
    this.keepTag(resource, reply);
    this.notes.wrote(this.session, resource, reply, numberIn(reply, 'revision'), mark);
  }

  /** A 412 tells the present one, too. */
  private keepTag(resource: string, reply: Reply): void {
    const etag = headerOf(reply.head, 'ETag');
    if (etag !== null) this.etags.set(resource, etag);
  }

  private sawCommit(id: string, reply: Reply): void {
    if (reply.status !== 200) return;
    const commit = /"commit":(\d+)/.exec(reply.body.toString('latin1', 0, 200))?.[1];
    this.notes.read(this.session, `${id}/commits`, reply, Number(commit), null);
  }

  private async get(path: string): Promise<Reply> {
    const reply = await this.ask('GET', path);
    if (reply.status === 200) this.notes.reads++;
    return reply;
  }

  private send(method: string, path: string, headers: string, body: object): Promise<Reply> {
    return this.ask(method, path, headers, JSON.stringify(body));
  }

  private async ask(method: string, path: string, headers?: string, body?: string): Promise<Reply> {
    const wire = this.wire?.isOpen ? this.wire : await this.connect();
    return this.notes.answered(`${method} ${path}`, await wire.ask(method, path, headers, body));
  }

  private async connect(): Promise<Wire> {
    for (let tried = 1; ; tried++) {
      const wire = await Wire.open(this.port);
      const reply = await wire?.ask('GET', '/health');
      if (wire && reply?.status === 200) {
        const worker = workerOf(reply);
        if (this.wanted === null || worker === this.wanted || tried > TRIES_MAX) {
          this.wire = wire;
          this.worker = worker;
          this.session = ++sessions;
          return wire;
        }
      }
      wire?.close();
      if (tried % 4 === 0) await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    }
  }
}

interface Listed {
  readonly id: string;
  readonly revision: number;
  readonly description: string;
  readonly summary: { readonly commit: number };
}

function at(id: string, rest = ''): string {
  return `/api/taskspaces/${id}${rest}`;
}

function numberIn(reply: Reply, member: string): number | null {
  if (reply.status !== 200 && reply.status !== 201) return null;
  return Number((JSON.parse(reply.body.toString()) as Record<string, unknown>)[member]);
}
