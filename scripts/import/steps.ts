/** The steps of a recorded run as a plan: a chain of completed tasks, each with what was observed. */
import type { JsonObject, PlanInput, TaskInput } from '../../src/client/shapes.js';
import type { DraftArtifact } from './draft.js';
import { FREE_BYTES_MAX, jsonBytes } from './json-text.js';
import { Overflow } from './overflow.js';

const NAME_LENGTH_MAX = 200;
const GOAL_BYTES_MAX = 16 * 1024;
/** The server takes 16 MiB for a plan. */
const PLAN_BYTES_MAX = 15 * 1024 * 1024;
const LONG_BYTES_MIN = 1024;

interface StepPlan {
  readonly plan: PlanInput;
  /** What was too long for it. */
  readonly artifacts: readonly DraftArtifact[];
}

/** Of many long steps more is moved into artifacts, until the plan as a whole can be sent. */
export function planOfSteps(steps: readonly JsonObject[]): StepPlan {
  for (let bytesMax = FREE_BYTES_MAX; ; bytesMax /= 2) {
    const made = planWithin(steps, bytesMax);
    if (bytesMax <= LONG_BYTES_MIN || jsonBytes(made.plan) <= PLAN_BYTES_MAX) return made;
  }
}

function planWithin(steps: readonly JsonObject[], bytesMax: number): StepPlan {
  const overflow = new Overflow();
  const tasks = steps.map((step, k): TaskInput => {
    const id = `step-${k + 1}`;
    const thought = textOf(step.thought);
    return {
      id,
      name: nameOf(textOf(step.action), id),
      goal: overflow.text(thought, Math.min(GOAL_BYTES_MAX, bytesMax), `${id}-thought`),
      status: 'completed',
      dependencies: k === 0 ? [] : [`step-${k}`],
      result: resultOf(step, bytesMax, id, overflow),
    };
  });
  return { plan: { goal: '', tasks }, artifacts: overflow.artifacts };
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
