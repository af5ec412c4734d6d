/**
 * An agent that works on a plan as the contract says, and as agents are: most finish what they claim, some
 * hand it back, fail, oversleep their lease, or die with a task in their hands or with a claim on its way.
 *
 * A call whose answer did not come is repeated: a claim under its key, a step with its token. Everything is
 * written down.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../../../scripts/http-request.js';
import type { Cluster } from '../../kit/cluster.js';
import { type Connection, codeOf } from '../../kit/http-connection.js';
import { api } from '../../kit/recorder.js';
import type { Chance } from '../../kit/seed.js';

export type Step = 'heartbeat' | 'release' | 'complete' | 'fail';

/** One answer that an agent got. */
export interface Act {
  readonly agent: string;
  readonly what: 'claim' | Step;
  /** Null for a claim that got none. */
  readonly task: string | null;
  /** Commit of the claim that the step was made under; of a claim its own. */
  readonly claim: number | null;
  readonly status: number;
  readonly code: string | null;
  readonly commit: number | null;
  readonly ms: number;
  /** When it was answered, by the clock of all clients. */
  readonly end: number;
}

interface Held {
  readonly task: string;
  readonly token: string;
  readonly claim: number;
  readonly expiresAt: number;
}

export interface AgentOptions {
  readonly cluster: Cluster;
  readonly id: string;
  readonly chance: Chance;
  readonly acts: Act[];
  readonly leaseSeconds: number;
  /** Of a hundred claims so many do not end well. */
  readonly troubles: number;
}

const PAUSE_MS = 10;
/** Beyond the end of its lease. */
const OVERSLEPT_MS = 300;

export class Agent {
  private keys = 0;

  constructor(
    private readonly name: string,
    private readonly options: AgentOptions,
  ) {}

  /** Until no task is left to do. */
  async work(): Promise<void> {
    const { cluster, chance, troubles } = this.options;
    let connection = await cluster.connect();
    for (;;) {
      const trouble = chance.below(100) < troubles ? chance.below(6) : null;
      if (trouble === 0) {
        void this.claim(connection);
        connection.close();
        connection = await cluster.connect();
        continue;
      }
      const held = await this.claim(connection);
      if (held === null) {
        if (await this.isOver(connection)) break;
        continue;
      }
      switch (trouble) {
        case 1:
          break;
        case 2:
          await delay(Math.max(0, held.expiresAt - Date.now()) + chance.below(OVERSLEPT_MS));
          await this.step(connection, held, chance.pick(['complete', 'heartbeat'] as const));
          break;
        case 3:
          await this.step(connection, held, 'release');
          break;
        case 4:
          await this.step(connection, held, 'fail');
          break;
        case 5:
          await this.step(connection, held, 'heartbeat');
          await this.step(connection, held, 'complete');
          await this.step(connection, held, 'complete');
          break;
        default:
          await this.step(connection, held, 'complete');
      }
    }
    connection.close();
  }

  /** Null when none became ready. */
  private async claim(connection: Connection): Promise<Held | null> {
    const { id, leaseSeconds } = this.options;
    const headers = { 'Idempotency-Key': `${this.name}-${++this.keys}` };
    const body = { agent: this.name, leaseSeconds, wait: 1 };
    const answer = await until(() => connection.ask('POST', api(id, '/plan/claim'), { headers, body }));
    if (answer.status !== 200) {
      this.note('claim', null, null, answer);
      return null;
    }
    const { task, lease } = answer.json as {
      task: { id: string };
      lease: { token: string; expiresAt: string };
    };
    const claim = commitOf(answer) ?? 0;
    this.note('claim', task.id, claim, answer);
    return { task: task.id, token: lease.token, claim, expiresAt: Date.parse(lease.expiresAt) };
  }

  private async step(connection: Connection, { task, token, claim }: Held, what: Step): Promise<void> {
    const path = api(this.options.id, `/plan/tasks/${task}/${what}`);
    // Not keyed: a heartbeat or release that is repeated may find that the first one has happened.
    const answer = await until(() => connection.ask('POST', path, { body: { token } }), what !== 'release');
    this.note(what, task, claim, answer);
  }

  private async isOver(connection: Connection): Promise<boolean> {
    const answer = await until(() => connection.ask('GET', api(this.options.id, '/summary')));
    const { tasks } = answer.json as { tasks: { pending: number; inProgress: number } };
    return tasks.pending + tasks.inProgress === 0;
  }

  private note(what: Act['what'], task: string | null, claim: number | null, answer: Answer): void {
    const { status, start, end } = answer;
    this.options.acts.push({
      agent: this.name,
      what,
      task,
      claim,
      status,
      code: codeOf(answer),
      commit: commitOf(answer),
      ms: end - start,
      end,
    });
  }
}

/** Repeats what was not answered, or only with "perhaps" or "later". */
async function until(ask: () => Promise<Answer>, repeats = true): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 0 && answer.status !== 503) return answer;
    if (!repeats) return answer;
    await delay(PAUSE_MS);
  }
}

function commitOf({ headers }: Answer): number | null {
  const commit = headers['x-commit'];
  return commit === undefined ? null : Number(commit);
}
