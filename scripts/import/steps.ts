/**
 * The steps of a recorded run as a plan: a chain of completed tasks, each with what was observed. They are
 * added twice: to be measured, then to be made, since of many long steps more has to go into artifacts for
 * the plan to be sent at once.
 */
import type { JsonObject } from '../../src/contract/json.js';
import type { PlanInput, TaskInput } from '../../src/contract/plan.js';
import { bytesOf, type DraftArtifact } from './draft.js';
import { FREE_BYTES_MAX, jsonBytes } from './json-text.js';
import { Overflow } from './overflow.js';

const NAME_LENGTH_MAX = 200;
const GOAL_BYTES_MAX = 16 * 1024;
/** The server takes 16 MiB for a plan. */
const PLAN_BYTES_MAX = 15 * 1024 * 1024;
const LONG_BYTES_MIN = 1024;
/** The server's. */
const TASKS_MAX = 10_000;
/** What a step may have in the plan, from the most that the server takes down. */
const BOUNDS: readonly number[] = [
  ...Array.from({ length: Math.log2(FREE_BYTES_MAX / LONG_BYTES_MIN) }, (_, i) => FREE_BYTES_MAX / 2 ** i),
  LONG_BYTES_MIN,
];

export interface StepTotals {
  readonly tasks: number;
  /** Steps beyond what a plan can have. */
  readonly leftOut: number;
  readonly artifacts: number;
  readonly bytes: number;
  /** What `makeWithin` takes. */
  readonly bytesMax: number;
}

export class StepList {
  private count = 0;
  private bytesMax: number | null = null;
  private readonly sums = BOUNDS.map(() => ({ plan: 0, artifacts: 0, bytes: 0 }));
  private readonly tasks: TaskInput[] = [];
  private made: DraftArtifact[] = [];

  /** From now on steps are made into tasks instead of being measured. */
  makeWithin(bytesMax: number): void {
    this.bytesMax = bytesMax;
  }

  add(step: JsonObject): void {
    const number = ++this.count;
    if (number > TASKS_MAX) return;
    if (this.bytesMax === null) this.measure(step, number);
    else this.make(step, number, this.bytesMax);
  }

  totals(): StepTotals {
    const found = this.sums.findIndex(({ plan }) => plan <= PLAN_BYTES_MAX);
    const at = found === -1 ? BOUNDS.length - 1 : found;
    const { artifacts = 0, bytes = 0 } = this.sums[at] ?? {};
    const tasks = Math.min(this.count, TASKS_MAX);
    return { tasks, leftOut: this.count - tasks, artifacts, bytes, bytesMax: BOUNDS[at] ?? LONG_BYTES_MIN };
  }

  /** Artifacts made since the last call. */
  takeArtifacts(): readonly DraftArtifact[] {
    const { made } = this;
    this.made = [];
    return made;
  }

  plan(): PlanInput | null {
    return this.tasks.length === 0 ? null : { goal: '', tasks: this.tasks };
  }

  private make(step: JsonObject, number: number, bytesMax: number): void {
    const { task, artifacts } = taskWithin(step, number, bytesMax);
    this.tasks.push(task);
    this.made.push(...artifacts);
  }

  private measure(step: JsonObject, number: number): void {
    let last: { plan: number; artifacts: number; bytes: number } | null = null;
    for (const [i, sum] of this.sums.entries()) {
      // A short step is the same under every bound.
      if (last === null || last.plan > LONG_BYTES_MIN) {
        const { task, artifacts } = taskWithin(step, number, BOUNDS[i] ?? LONG_BYTES_MIN);
        last = { plan: jsonBytes(task) + 1, artifacts: artifacts.length, bytes: bytesOf(artifacts) };
      }
      sum.plan += last.plan;
      sum.artifacts += last.artifacts;
      sum.bytes += last.bytes;
    }
  }
}

function taskWithin(step: JsonObject, number: number, bytesMax: number) {
  const overflow = new Overflow();
  const id = `step-${number}`;
  const task: TaskInput = {
    id,
    name: nameOf(textOf(step.action), id),
    goal: overflow.text(textOf(step.thought), Math.min(GOAL_BYTES_MAX, bytesMax), `${id}-thought`),
    status: 'completed',
    dependencies: number === 1 ? [] : [`step-${number - 1}`],
    result: resultOf(step, bytesMax, id, overflow),
  };
  return { task, artifacts: overflow.artifacts };
}

function resultOf(step: JsonObject, bytesMax: number, id: string, overflow: Overflow): JsonObject {
  const observation = step.observation ?? null;
  const whole = { observation };
  if (jsonBytes(whole) <= bytesMax) return whole;
  if (typeof observation !== 'string') return { artifact: overflow.json(observation, `${id}-observation`) };
  // Quotes, newlines and control characters grow in JSON, to six bytes at most.
  const beginning = overflow.text(observation, bytesMax / 8, `${id}-observation`);
  return { observation: beginning, artifact: `long/${id}-observation.txt` };
}

/** The first line of the action that says something; a step without action is named by its id. */
function nameOf(action: string, id: string): string {
  const line = action
    .split('\n')
    .map((text) => text.trim())
    .find((text) => text !== '');
  return [...(line ?? id)].slice(0, NAME_LENGTH_MAX).join('');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
