/**
 * A plan that is served by a `fetch` of its own, for tests that turn the clock: claims, heartbeats and ends
 * of tasks, and faults where a test wants them. Leases lapse by the clock; a lapsed claim is given to whoever
 * asks next.
 */
import { type Claimed, type Client, createClient, type Task } from '../../src/client/index.js';

export interface Sent {
  readonly call: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly key: string | null;
  readonly at: number;
}

/** What happens to a call instead: undefined = nothing unusual; `lost` = it is done, but no answer comes. */
export type Fault = (sent: Sent, nth: number) => Response | 'refused' | 'lost' | 'never' | undefined;

interface Entry {
  status: Task['status'];
  token: string | null;
  expiresAt: number;
  result?: unknown;
  error?: unknown;
}

export class FakePlan {
  readonly sent: Sent[] = [];
  readonly client: Client;
  fault: Fault = () => undefined;
  /** Whether the plan counts as halted. */
  halted = false;
  private readonly tasks: Map<string, Entry>;
  private readonly answers = new Map<string, Claimed>();
  private readonly begun = performance.now();
  private tokens = 0;

  constructor(...ids: string[]) {
    this.tasks = new Map(ids.map((id) => [id, { status: 'pending', token: null, expiresAt: 0 }]));
    const fetch = (input: unknown, init?: RequestInit) => this.answer(String(input), init ?? {});
    this.client = createClient({ url: 'http://plan.test', firstDelayMs: 1, fetch });
  }

  task(id: string): Entry {
    const entry = this.tasks.get(id);
    if (entry === undefined) throw new Error(`There is no task ${id}`);
    return entry;
  }

  calls(): string[] {
    return this.sent.map(({ call }) => call);
  }

  add(id: string): void {
    this.tasks.set(id, { status: 'pending', token: null, expiresAt: 0 });
  }

  private async answer(url: string, init: RequestInit): Promise<Response> {
    const path = new URL(url).pathname.replace('/api/taskspaces/t/', '');
    const call = path.replace(/^plan\/(?:tasks\/)?/, '');
    const sent: Sent = {
      call,
      body: init.body === undefined ? {} : JSON.parse(String(init.body)),
      key: new Headers(init.headers).get('Idempotency-Key'),
      at: performance.now() - this.begun,
    };
    this.sent.push(sent);
    const nth = this.sent.filter((other) => other.call === call).length;
    const fault = this.fault(sent, nth);
    if (fault === 'never') return until(init.signal, null);
    if (fault === 'refused') throw new TypeError('fetch failed');
    if (fault !== undefined && fault !== 'lost') return fault;
    const answer = await this.done(sent, init.signal);
    if (fault === 'lost') throw new TypeError('fetch failed');
    return answer;
  }

  private async done(sent: Sent, signal: AbortSignal | null | undefined): Promise<Response> {
    if (sent.call === 'summary') return reply(200, { tasks: this.progress() });
    if (sent.call === 'claim') return this.claim(sent, signal);
    const [id = '', word] = sent.call.split('/');
    const entry = this.task(id);
    if (entry.token !== sent.body.token) return problem(409, 'lease_lost');
    if (word === 'heartbeat') entry.expiresAt = performance.now() + Number(sent.body.leaseSeconds) * 1000;
    else this.finish(entry, word, sent.body);
    return reply(200, { task: { id }, lease: { token: entry.token, expiresAt: '' } });
  }

  private finish(entry: Entry, word: string | undefined, { result, error }: Sent['body']): void {
    entry.status = word === 'complete' ? 'completed' : word === 'fail' ? 'failed' : 'pending';
    if (word === 'release') entry.token = null;
    Object.assign(entry, { result, error });
  }

  private async claim({ body, key }: Sent, signal: AbortSignal | null | undefined): Promise<Response> {
    const kept = key === null ? undefined : this.answers.get(key);
    if (kept) return reply(200, kept, { 'Idempotency-Replayed': 'true' });
    for (const deadline = performance.now() + Number(body.wait) * 1000; ; ) {
      const found = [...this.tasks].find(([, entry]) => isReady(entry));
      if (found) return this.grant(found, Number(body.leaseSeconds), key);
      if (performance.now() >= deadline) return new Response(null, { status: 204 });
      await until(signal, pause(100));
    }
  }

  private grant([id, entry]: [string, Entry], leaseSeconds: number, key: string | null): Response {
    entry.status = 'in_progress';
    entry.token = `token-${++this.tokens}`;
    entry.expiresAt = performance.now() + leaseSeconds * 1000;
    const claimed = { task: { id }, lease: { token: entry.token, expiresAt: '' } } as Claimed;
    if (key !== null) this.answers.set(key, claimed);
    return reply(200, claimed);
  }

  private progress() {
    const all = [...this.tasks.values()];
    const count = (status: string) => all.filter((entry) => entry.status === status).length;
    return { ready: count('pending'), inProgress: count('in_progress'), halted: this.halted };
  }
}

export function problem(status: number, code: string): Response {
  return new Response(JSON.stringify({ status, code, detail: `It is ${code}.` }), {
    status,
    headers: { 'Content-Type': 'application/problem+json' },
  });
}

function isReady({ status, expiresAt }: Entry): boolean {
  return status === 'pending' || (status === 'in_progress' && expiresAt <= performance.now());
}

function reply(status: number, value: unknown, headers = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

/** As `fetch` does: rejects with the signal's reason when it fires first. */
function until<T>(signal: AbortSignal | null | undefined, what: Promise<T> | null): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    what?.then(resolve, reject).finally(() => signal?.removeEventListener('abort', stop));
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
