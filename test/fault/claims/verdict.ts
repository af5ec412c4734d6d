/**
 * Judges what agents were told by what the journal says, with a model of its own of API.md section 3.
 *
 * The journal is read by the plain fold; who was ready when is worked out anew, at the time that each claim
 * carries.
 */
import { readFileSync } from 'node:fs';
import { journalFile } from '../../kit/final-state.js';
import { plainFold } from '../../store/journal/plain-fold.js';
import type { Act, Step } from './agent.js';

export interface Finding {
  readonly rule: /** A task was claimed that the agent could not have. */
    | 'unready'
    /** An earlier task was ready for the agent. */
    | 'order'
    /** A step was made on a task that nobody held. */
    | 'unheld'
    /** A task is not finished at the end. */
    | 'forgotten'
    /** What was acknowledged is not there. */
    | 'lost'
    /** A step was granted to somebody who did not hold the task. */
    | 'stolen'
    /** A step was refused to the one who held the task. */
    | 'refused'
    /** An answer that none of it explains. */
    | 'odd';
  readonly detail: string;
}

interface Work {
  readonly id: string;
  readonly agent: string | null;
  readonly dependencies: readonly string[];
  readonly onFailure: string;
  status: string;
  /** Commit of the claim that holds it, and when it ends. */
  claim: number | null;
  expiresAt: string;
  /** The claim under which it was finished, and how. */
  finished: { readonly claim: number | null; readonly type: string } | null;
}

interface Judged {
  readonly works: ReadonlyMap<string, Work>;
  /** The claim under which each commit's step was made. */
  readonly holders: ReadonlyMap<number, { readonly task: string; readonly claim: number | null }>;
  readonly claims: ReadonlyMap<number, { readonly task: string; readonly agent: string }>;
  /** Claims that are not in force any more. */
  readonly ended: ReadonlySet<number>;
}

export function judgeClaims(dataDir: string, id: string, acts: readonly Act[]): Finding[] {
  const findings: Finding[] = [];
  const find = (rule: Finding['rule'], detail: string): void => void findings.push({ rule, detail });
  const judged = judgeJournal(dataDir, id, find);
  for (const { id: task, status } of judged.works.values())
    if (status !== 'completed' && status !== 'failed') find('forgotten', `${task} is ${status}`);
  for (const act of acts) judgeAct(act, judged, find);
  return findings;
}

type Find = (rule: Finding['rule'], detail: string) => void;

function judgeJournal(dataDir: string, id: string, find: Find): Judged {
  const works = new Map<string, Work>();
  const holders = new Map<number, { task: string; claim: number | null }>();
  const claims = new Map<number, { task: string; agent: string }>();
  const ended = new Set<number>();
  for (const { commit, events } of plainFold(readFileSync(journalFile(dataDir, id)))) {
    for (const event of events) {
      if (event.type === 'plan.replaced') {
        for (const task of event.tasks as Work[])
          works.set(task.id, { ...task, claim: null, expiresAt: '', finished: null });
        continue;
      }
      const work = works.get(event.id as string);
      if (!work) continue;
      const { claim } = event.set as { claim?: { agent: string; claimedAt: string; expiresAt: string } };
      if (event.type === 'task.claimed' && claim) {
        judgeClaim(works, work, claim, commit, find);
        if (work.claim !== null) ended.add(work.claim);
        claims.set(commit, { task: work.id, agent: claim.agent });
        Object.assign(work, { status: 'in_progress', claim: commit, expiresAt: claim.expiresAt });
        continue;
      }
      holders.set(commit, { task: work.id, claim: work.claim });
      if (work.claim === null) find('unheld', `commit ${commit}: ${event.type} of ${work.id}`);
      if (event.type === 'task.renewed') work.expiresAt = claim?.expiresAt ?? '';
      else endClaim(work, event.type, ended);
    }
  }
  return { works, holders, claims, ended };
}

function endClaim(work: Work, type: string, ended: Set<number>): void {
  if (work.claim !== null) ended.add(work.claim);
  if (type === 'task.released') work.status = 'pending';
  else {
    work.finished = { claim: work.claim, type };
    work.status = type === 'task.completed' ? 'completed' : 'failed';
  }
  work.claim = null;
}

function judgeClaim(
  works: ReadonlyMap<string, Work>,
  work: Work,
  { agent, claimedAt }: { agent: string; claimedAt: string },
  commit: number,
  find: Find,
): void {
  const said = `commit ${commit}: ${agent} took ${work.id}, which is ${work.status}`;
  const first = [...works.values()].find((other) => isReady(works, other, agent, claimedAt));
  if (!isReady(works, work, agent, claimedAt)) find('unready', said);
  else if (first !== work) find('order', `${said}, and ${first?.id} was ready`);
}

function isReady(works: ReadonlyMap<string, Work>, work: Work, agent: string, at: string): boolean {
  const free = work.status === 'pending' || (work.status === 'in_progress' && work.expiresAt <= at);
  return (
    free &&
    (work.agent === null || work.agent === agent) &&
    work.dependencies.every((id) => {
      const status = works.get(id)?.status;
      return status === 'completed' || (status === 'failed' && works.get(id)?.onFailure === 'proceed');
    })
  );
}

function judgeAct(act: Act, judged: Judged, find: Find): void {
  const { agent, what, task, claim, status, code, commit } = act;
  // What was not answered was repeated, or never mattered to the one who asked.
  if (status === 0 || status === 503 || (what === 'claim' && status === 204)) return;
  const rule = what === 'claim' ? ruleOfClaim(act, judged) : ruleOfStep(act, judged);
  const said = `${agent}: ${what} of ${task} under claim ${claim}`;
  if (rule !== null) find(rule, `${said} → ${status} ${code ?? ''}, commit ${commit}`);
}

function ruleOfClaim({ agent, task, claim, status }: Act, { claims }: Judged): Finding['rule'] | null {
  if (status !== 200 || claim === null) return 'odd';
  const made = claims.get(claim);
  return made?.task === task && made?.agent === agent ? null : 'lost';
}

function ruleOfStep(
  { what, task, claim, status, code, commit }: Act,
  { works, holders, ended }: Judged,
): Finding['rule'] | null {
  const finished = works.get(task ?? '')?.finished ?? null;
  const type = { complete: 'task.completed', fail: 'task.failed', heartbeat: null, release: null }[
    what as Step
  ];
  const byHim = type !== null && finished?.type === type && finished.claim === claim;
  if (code === 'lease_lost') return byHim || !ended.has(claim ?? 0) ? 'refused' : null;
  if (status !== 200) return 'odd';
  if (type !== null) return byHim ? null : finished === null ? 'lost' : 'stolen';
  const made = holders.get(commit ?? 0);
  if (made?.task !== task) return 'lost';
  return made?.claim === claim ? null : 'stolen';
}
