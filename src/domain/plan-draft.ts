/**
 * The tasks of a plan that replaces another, computed before its turn to be decided: a long plan takes longer
 * than one turn may.
 *
 * The draft of a task holds as long as the task that it replaces is the identical object in the plan when it
 * is decided. Tasks are never changed, only replaced, so a draft may be made from any state, and be old: it
 * then only saves less.
 */
import type { Context, LiveState } from './command.js';
import { TaskspaceError } from './errors.js';
import type { Event } from './event.js';
import { keepPieces } from './json-text.js';
import type { PlanInput, PlanTaskInput, Task, TaskFields, TaskValue } from './plan.js';
import { checkingPlan, type Linked } from './plan-links.js';
import type { State } from './state.js';
import { keptFields, newFields, nextValue, sameFields, writtenFields } from './task-value.js';

interface TaskDraft extends Linked {
  readonly old: Task | undefined;
  readonly fields: TaskFields;
  /** Whether it has the fields of the old one. */
  readonly same: boolean;
  /** The beginning of its JSON, up to the members that only the server sets; null: not made. */
  readonly text: Buffer | null;
}

type InLine = (json: string) => string;

/** Consecutive tasks as text, in their most likely form. */
interface Run {
  readonly drafts: readonly TaskDraft[];
  /** The members that only the server sets, for each task, as they are in the text. */
  readonly ends: readonly string[];
  readonly text: Buffer;
}

const RUN_TASKS = 64;
/** Author and time are unknown: what depends on them is serialised when it is decided. */
const UNKNOWN: Context = { time: '', by: '', owner: '', clock: { now: '', leftMs: () => 0 } };
const BETWEEN = Buffer.from(',');

export class PlanDraft {
  private readonly inputs: readonly PlanTaskInput[];
  private readonly tasks: TaskDraft[] = [];
  /** From the first task on, without a gap. */
  private readonly runs: Run[] = [];
  /** The tasks whose links were found to be valid. */
  private linked: readonly Linked[] | null = null;
  /** Makes JSON as it is written in a journal's line; null: no texts are made. */
  private inLine: InLine | null = null;

  constructor(input: PlanInput) {
    this.inputs = input.tasks ?? [];
  }

  /** Computes everything on this state, with a pause after each task in which other work may run. */
  *prepare(state: LiveState, inLine: InLine): Generator<void> {
    this.inLine = inLine;
    const ids = nameTasks(state, this.inputs);
    let drafts: TaskDraft[] = [];
    let ends: string[] = [];
    for (const [i, id] of ids.entries()) {
      const draft = this.taskAt(i, id, state.plan.tasks.get(id));
      drafts.push(draft);
      ends.push(serverText(nextValue(state, id, draft.fields, UNKNOWN, draft.same), inLine));
      if (drafts.length === RUN_TASKS || i + 1 === ids.length) {
        const pieces = drafts.flatMap((one, k) =>
          piecesOf(one.text ?? textOf(one.id, one.fields, inLine), ends[k] ?? '', k > 0),
        );
        this.runs.push({ drafts, ends, text: Buffer.concat(pieces) });
        [drafts, ends] = [[], []];
      }
      yield;
    }
    const linked = [...this.tasks];
    try {
      yield* checkingPlan(linked, '');
      this.linked = linked;
    } catch (error) {
      // The decision refuses it, unless something before that is refused.
      if (!(error instanceof TaskspaceError)) throw error;
    }
    yield;
  }

  /** The tasks in their order, as they are on this state. */
  on(state: State): readonly TaskDraft[] {
    const { tasks } = state.plan;
    return nameTasks(state, this.inputs).map((id, i) => this.taskAt(i, id, tasks.get(id)));
  }

  /** Whether the links of these tasks are known to be valid. */
  isLinked(tasks: readonly Linked[]): boolean {
    const { linked } = this;
    if (linked?.length !== tasks.length) return false;
    return tasks.every(
      ({ id, dependencies }, i) => id === linked[i]?.id && dependencies === linked[i].dependencies,
    );
  }

  /** Gives the event its text, if the texts of its tasks were made. */
  keepText(event: Event & { readonly type: 'plan.replaced' }, drafts: readonly TaskDraft[]): void {
    const { inLine } = this;
    if (inLine === null) return;
    const { tasks, ...rest } = event;
    const pieces: Buffer[] = [Buffer.from(`${inLine(JSON.stringify(rest)).slice(0, -1)},"tasks":[`)];
    const ends = tasks.map((task) => serverText(task, inLine));
    for (let at = 0; at < tasks.length; ) {
      const run = this.runs[at / RUN_TASKS];
      if (run?.drafts.every((draft, k) => draft === drafts[at + k] && run.ends[k] === ends[at + k])) {
        if (at > 0) pieces.push(BETWEEN);
        pieces.push(run.text);
        at += run.drafts.length;
        continue;
      }
      for (const task of tasks.slice(at, at + RUN_TASKS)) {
        const text = drafts[at]?.text ?? textOf(task.id, task, inLine);
        pieces.push(...piecesOf(text, ends[at] ?? '', at > 0));
        at++;
      }
    }
    pieces.push(Buffer.from(']}'));
    keepPieces(event, pieces);
  }

  private taskAt(i: number, id: string, old: Task | undefined): TaskDraft {
    const known = this.tasks[i];
    if (known?.id === id && known.old === old) return known;
    const input = this.inputs[i] ?? {};
    const fields = old ? keptFields(old, input) : newFields({ ...input, name: input.name ?? '' });
    const same = old !== undefined && sameFields(old, fields);
    const text = this.inLine && textOf(id, fields, this.inLine);
    const draft = { id, dependencies: fields.dependencies, old, fields, same, text };
    this.tasks[i] = draft;
    return draft;
  }
}

/**
 * An id for every task: the given one, or the next `t<n>` that this taskspace never had. An earlier task of
 * an id keeps its claims, tokens and results to itself.
 */
export function nameTasks(
  { plan, counters }: State,
  inputs: readonly { readonly id?: string | undefined }[],
): string[] {
  const used = new Set(inputs.map((task) => task.id));
  const isTaken = (id: string): boolean => used.has(id) || plan.tasks.has(id) || counters.tasks.has(id);
  // Start at the number of ids that ever existed: hardly any name has to be tried twice.
  let n = plan.tasks.size + counters.tasks.size;
  return inputs.map((task) => {
    n++;
    if (task.id !== undefined) return task.id;
    while (isTaken(`t${n}`)) n++;
    return `t${n}`;
  });
}

/** The pieces of a task's text. */
function piecesOf(text: Buffer, end: string, isNext: boolean): Buffer[] {
  return isNext ? [BETWEEN, text, Buffer.from(end)] : [text, Buffer.from(end)];
}

function textOf(id: string, fields: TaskFields, inLine: InLine): Buffer {
  return Buffer.from(inLine(JSON.stringify(writtenFields(id, fields))).slice(0, -1));
}

/** The rest of a task's JSON. For most tasks of a long plan these members are empty. */
function serverText(task: TaskValue, inLine: InLine): string {
  const { claim, lastClaim, completedBy, attempts, finishedAt, revision } = task;
  if (claim === null && lastClaim === null && completedBy === null && finishedAt === null)
    return `,"claim":null,"lastClaim":null,"completedBy":null,"attempts":${attempts},"finishedAt":null,"revision":${revision}}`;
  const json = JSON.stringify({ claim, lastClaim, completedBy, attempts, finishedAt, revision });
  return `,${inLine(json).slice(1)}`;
}
