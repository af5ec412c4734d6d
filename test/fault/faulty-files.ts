/**
 * The worker's side of fault-control.ts: a `Files` port that follows the plan of its worker, call by call.
 *
 * What it does to a call it has written down before, so the test that waits for it never waits in vain. It
 * also keeps the book of what is on disk.
 */
import { existsSync, fstatSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Files } from '../../src/store/files/journal/files.js';
import { addLine, type Fault, type FaultPlan, NO_FAULTS } from '../kit/fault-control.js';
import { aroundFiles, type FileCall, isAsync } from '../kit/files/around-files.js';

const GATE_POLL_MS = 5;

export interface PlanReader {
  readonly plan: FaultPlan;
}

export function faultyFiles(inner: Files, folder: string, worker: number, reader: PlanReader): Files {
  const paths = new Map<number, string>();
  let followed: FaultPlan | null = null;
  let seen: number[] = [];

  return aroundFiles(inner, (call, run) => {
    const path = typeof call.args[0] === 'number' ? (paths.get(call.args[0]) ?? '') : String(call.args[0]);
    const { plan } = reader;
    if (plan !== followed) {
      followed = plan;
      seen = plan.faults.map(() => 0);
    }
    if (plan.listCalls) addLine(join(folder, `calls-${worker}.log`), `${call.op} ${path}`);
    const due = plan.faults.filter((fault, i) => {
      if ((fault.op !== '*' && fault.op !== call.op) || !path.includes(fault.path ?? '')) return false;
      const count = (seen[i] ?? 0) + 1;
      seen[i] = count;
      const { nth = 1, times = 1 } = fault;
      return count >= nth && (times === null || count < nth + times);
    });
    for (const fault of due) {
      addLine(join(folder, `fired-${worker}.log`), `${fault.when} ${call.op} ${path} ${fault.act.kind}`);
    }
    const before = due.filter(({ when }) => when === 'before');
    const after = due.filter(({ when }) => when === 'after');
    return isAsync(call.op)
      ? runAsync(call, run, before, after, path)
      : runSync(call, run, before, after, path);
  });

  function runSync(
    call: FileCall,
    run: () => unknown,
    before: Fault[],
    after: Fault[],
    path: string,
  ): unknown {
    let missing = 0;
    for (const { act } of before) {
      if (act.kind === 'short') missing = act.missing;
      else strike(act, call);
    }
    const result = missing > 0 ? appendLess(call, missing) : run();
    if (call.op === 'open' && typeof result === 'number') paths.set(result, path);
    for (const { act } of after) strike(act, call);
    return result;
  }

  async function runAsync(
    call: FileCall,
    run: () => unknown,
    before: Fault[],
    after: Fault[],
    path: string,
  ): Promise<unknown> {
    for (const { act } of before) {
      if (act.kind === 'fail' && reader.plan.mutants.includes('retried-sync')) return undefined;
      await (act.kind === 'hold' ? opened(act.gate) : strike(act, call));
    }
    const stat = call.op === 'fdatasync' ? fstatSync(call.args[0] as number) : null;
    const result = await run();
    if (stat && !reader.plan.mutants.includes('idle-sync')) {
      const { ino, size } = stat;
      addLine(join(folder, `synced-${worker}-${process.pid}.log`), JSON.stringify({ path, ino, size }));
    }
    for (const { act } of after) await (act.kind === 'hold' ? opened(act.gate) : strike(act, call));
    return result;
  }

  function appendLess({ args }: FileCall, missing: number): number {
    const [fd, bytes] = args as [number, Buffer];
    return inner.append(fd, bytes.subarray(0, Math.max(0, bytes.length - missing)));
  }

  async function opened(gate: string): Promise<void> {
    while (!existsSync(join(folder, `gate-${gate}`))) await delay(GATE_POLL_MS);
  }
}

function strike(act: Fault['act'], { op }: FileCall): void {
  if (act.kind === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (act.kind === 'stop') process.kill(process.pid, 'SIGSTOP');
  else if (act.kind === 'fail')
    throw Object.assign(new Error(`${act.errno}: ${op}`), { code: act.errno, syscall: op });
  else throw new Error(`${act.kind} is not for ${op}`);
}

/** The plan as it stands in the file, read again whenever another file has taken its place. */
export function planReader(folder: string, worker: number): PlanReader {
  const file = join(folder, `worker-${worker}.json`);
  let plan = NO_FAULTS;
  let known = '';
  return {
    get plan() {
      const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
      const now = stat ? `${stat.ino} ${stat.mtimeNs}` : '';
      if (now !== known) {
        known = now;
        plan = now === '' ? NO_FAULTS : (JSON.parse(readFileSync(file, 'utf8')) as FaultPlan);
      }
      return plan;
    },
  };
}
