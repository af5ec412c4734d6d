/** A plan of many tasks, and many agents that work on it until all of it is done. */

import type { Cluster } from '../../kit/cluster.js';
import { api, demand } from '../../kit/recorder.js';
import type { Chance } from '../../kit/seed.js';
import { type Act, Agent } from './agent.js';

export interface CrewForm {
  readonly agents: number;
  readonly tasks: number;
  readonly leaseSeconds: number;
  /** Of a hundred claims so many do not end well. */
  readonly troubles: number;
}

export interface Figures {
  readonly tasks: number;
  readonly agents: number;
  readonly claims: number;
  readonly seconds: number;
  readonly claimsPerSecond: number;
  /** Of claims that got a task. */
  readonly claimMs: { readonly p50: number; readonly p99: number };
}

/** A task depends on some of those that stand this far before it. */
const REACH = 40;
/** One in so many is for a certain agent alone. */
const BOUND_EVERY = 20;

export async function putPlan(
  cluster: Cluster,
  id: string,
  { agents, tasks }: CrewForm,
  chance: Chance,
): Promise<void> {
  const connection = await cluster.connect();
  demand(await connection.ask('PUT', api(id), { body: {} }), 201);
  const list = Array.from({ length: tasks }, (_, n) => {
    const dependencies =
      n < REACH ? [] : [`t${n - 1 - chance.below(REACH)}`, `t${n - 1 - chance.below(REACH)}`];
    const agent = chance.below(BOUND_EVERY) === 0 ? nameOf(chance.below(agents)) : null;
    return {
      id: `t${n}`,
      name: `Task ${n}`,
      dependencies: [...new Set(dependencies)],
      agent,
      onFailure: 'proceed',
    };
  });
  demand(await connection.ask('PUT', api(id, '/plan'), { body: { goal: 'all of it', tasks: list } }), 200);
  connection.close();
}

export async function workItOff(
  cluster: Cluster,
  id: string,
  form: CrewForm,
  chance: Chance,
  acts: Act[],
): Promise<Figures> {
  const { agents, tasks, leaseSeconds, troubles } = form;
  const began = performance.now();
  const options = { cluster, id, chance, acts, leaseSeconds, troubles };
  await Promise.all(Array.from({ length: agents }, (_, n) => new Agent(nameOf(n), options).work()));
  const claims = acts.filter(({ what, status }) => what === 'claim' && status === 200);
  // Up to the last claim: whoever then waits in vain does not count.
  const seconds = (Math.max(...claims.map(({ end }) => end)) - began) / 1000;
  const ms = claims.map((claim) => claim.ms).sort((a, b) => a - b);
  const at = (share: number): number => Math.round(ms[Math.floor(ms.length * share)] ?? 0);
  return {
    tasks,
    agents,
    claims: claims.length,
    seconds: Math.round(seconds * 10) / 10,
    claimsPerSecond: Math.round(claims.length / seconds),
    claimMs: { p50: at(0.5), p99: at(0.99) },
  };
}

function nameOf(n: number): string {
  return `agent-${n}`;
}
