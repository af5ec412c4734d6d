/**
 * The judge of those who wait can turn red: readers that are wrong, and servers without one of the steps that
 * bring everything to everybody once (see waiting/mutants.mjs). Connections are cut all the time, so that all
 * come back often.
 */
import { describe, expect, it } from 'vitest';
import { scene } from '../fault/scene.js';
import { Crowd, type CrowdForm } from '../fault/waiting/crowd.js';
import { judgeReaders, judgeStreams } from '../fault/waiting/verdict.js';
import { finalState } from '../kit/final-state.js';
import type { Rule, Violation } from '../kit/ledger.js';
import type { Chance } from '../kit/seed.js';

const PRELOAD = new URL('../fault/waiting/mutants.mjs', import.meta.url);
const FORM: CrowdForm = {
  taskspaces: 10,
  readersEach: 3,
  taskspaceStreams: 20,
  serverStreams: 4,
  messagesEach: 20,
  perSecond: 200,
};
const CUT_EVERY_MS = 10;
const SILENCE_MS = 1500;

describe('readers and streams whose connections are cut', () => {
  it('get everything once and in order', async () => {
    expect(await played({}, {})).toEqual([]);
  });
});

describe('what is seen to be broken', () => {
  it.each([
    ['a reader that asks from one before where it was', -1, 'twin'],
    ['a reader that asks from one after where it was', 1, 'gap'],
  ] as const)('%s', async (_what, offBy, rule) => {
    expect(await rulesOf(played({ offBy }, {}))).toContain(rule);
  });

  it.each([
    ['wake-ups of waiting readers that are lost', 'missed-tellings', 'lost', /^reader/],
    ['wake-ups of streams that are lost', 'missed-wakes', 'lost', /^stream/],
    ['a stream that goes on too late', 'late-replay', 'gap', /^stream/],
    ['a stream that goes on too early', 'early-replay', 'twin', /^stream/],
    ['a stream that begins to listen without what came meanwhile', 'unread-join', 'gap', /^stream/],
  ] as const)('%s (%s)', async (_what, mutant, rule, who) => {
    const violations = await played({}, { WAITING_MUTANT: mutant });
    expect(await rulesOf(violations.filter(({ resource }) => who.test(resource)))).toContain(rule);
    expect(violations.filter(({ resource }) => !who.test(resource))).toEqual([]);
  });
});

async function rulesOf(violations: readonly Violation[] | Promise<Violation[]>): Promise<Rule[]> {
  const found = await violations;
  console.log(found.length, 'violations, such as', found.slice(0, 3));
  return found.map(({ rule }) => rule);
}

async function played(form: Partial<CrowdForm>, env: Record<string, string>): Promise<Violation[]> {
  let violations: Violation[] = [];
  await scene(async ({ start, dataDir, chance }) => {
    const preload = { NODE_OPTIONS: `--import=${PRELOAD.href}` };
    const cluster = await start({ workers: 2, env: env.WAITING_MUTANT ? { ...env, ...preload } : env });
    const crowd = await Crowd.open(cluster, { ...FORM, ...form }, chance);
    await cutting(crowd, chance, () => crowd.post());
    await crowd.settle(SILENCE_MS);
    crowd.close();
    const final = finalState(dataDir);
    violations = [...judgeReaders(crowd.readers, final), ...judgeStreams(crowd.streams, final)];
  });
  return violations;
}

/** Cuts somebody's connection every so often. */
async function cutting(crowd: Crowd, chance: Chance, load: () => Promise<void>): Promise<void> {
  const timer = setInterval(() => chance.pick(crowd.followers).cut(), CUT_EVERY_MS);
  try {
    await load();
  } finally {
    clearInterval(timer);
  }
}
