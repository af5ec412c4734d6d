/**
 * The judge of claims can turn red: servers without one of the steps that give each task to one agent at a
 * time.
 */
import { describe, expect, it } from 'vitest';
import type { Act } from '../fault/claims/agent.js';
import { type CrewForm, putPlan, workItOff } from '../fault/claims/crew.js';
import { type Finding, judgeClaims } from '../fault/claims/verdict.js';
import { scene } from '../fault/scene.js';

const PRELOAD = new URL('../fault/claims/mutants.mjs', import.meta.url);
const ID = 'plan';
/** Leases so short and sleepers so many that old tokens are used. */
const SLEEPERS: CrewForm = { agents: 12, tasks: 80, leaseSeconds: 1, troubles: 40 };
/** So many at once that they are often beaten to it. */
const CROWD: CrewForm = { agents: 32, tasks: 400, leaseSeconds: 60, troubles: 0 };
const SCENES_MAX = 6;

describe('a server of claims', () => {
  it('is found to be right when it is', async () => {
    expect(await findings(SLEEPERS)).toEqual([]);
  });

  it.each([
    ['does not decide again when another was first', 'decided-once', CROWD, 'unready'],
    ['takes any token for any other', 'any-token', SLEEPERS, 'stolen'],
    ['begins with the last ready task', 'backwards', CROWD, 'order'],
  ] as const)('that %s is found out (%s)', async (_what, mutant, form, rule) => {
    // Whether an old token is used in time is chance: some three times in a scene, and now and then not once.
    const found: Finding[] = [];
    for (let played = 0; played < SCENES_MAX && !found.some((finding) => finding.rule === rule); played++)
      found.push(...(await findings(form, mutant)));
    console.log(found.length, 'findings, such as', found.slice(0, 3));
    expect(found.map((finding) => finding.rule)).toContain(rule);
  });
});

async function findings(form: CrewForm, mutant?: string): Promise<Finding[]> {
  let found: Finding[] = [];
  await scene(async ({ start, dataDir, chance }) => {
    const env = { CLAIMS_MUTANT: mutant ?? '', NODE_OPTIONS: `--import=${PRELOAD.href}` };
    const cluster = await start(mutant === undefined ? {} : { env });
    await putPlan(cluster, ID, form, chance);
    const acts: Act[] = [];
    await workItOff(cluster, ID, form, chance, acts);
    found = judgeClaims(dataDir, ID, acts);
  });
  return found;
}
