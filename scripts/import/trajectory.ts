/**
 * Recorded runs (`.traj`): one JSON object with `history`, `trajectory`, `info` and `environment`, any of which may be
 * missing. The raw file is kept as an artifact too, so what the mapping has no place for is not lost.
 */
import type { Json, JsonObject, MessageInput, Part, Status } from '../../src/client/shapes.js';
import { BadSource, type Draft, type DraftArtifact } from './draft.js';
import { isObject, parseJson, utf8Of } from './json-text.js';
import { contentOf, isPerson, roleOf, withinLimits } from './message.js';
import { Overflow } from './overflow.js';
import { sha256Of } from './sha256.js';
import { planOfSteps } from './steps.js';
import { stemOf } from './taskspace-id.js';

const NAME_LENGTH_MAX = 200;

export function readTrajectory(bytes: Uint8Array<ArrayBuffer>, file: string): Draft {
  const run = parseJson(utf8Of(bytes), 'the file');
  if (!isObject(run)) throw new BadSource('it is not a JSON object');
  if (run.history === undefined && run.trajectory === undefined) {
    throw new BadSource('it has neither "history" nor "trajectory": not a recorded run');
  }
  const history = records(run, 'history');
  const steps = records(run, 'trajectory');
  const info = isObject(run.info) ? run.info : {};
  const overflow = new Overflow();
  const messages = history.map((record, i) => withinLimits(messageOf(record), i + 1, overflow));
  const { plan, artifacts: longResults } = planOfSteps(steps);
  const sha256 = sha256Of(bytes);
  return {
    name: [...stemOf(file)].slice(0, NAME_LENGTH_MAX).join(''),
    status: statusOf(info.exit_status),
    source: { file, sha256 },
    data: present({
      environment: run.environment,
      exit_status: info.exit_status,
      model_stats: info.model_stats,
    }),
    plan: steps.length === 0 ? null : plan,
    messages,
    artifacts: [
      { path: `source/${file}`, content: bytes, size: bytes.length, sha256, contentType: 'application/json' },
      ...submissionOf(info.submission),
      ...overflow.artifacts,
      ...longResults,
    ],
    notes: [],
  };
}

function messageOf(record: JsonObject): MessageInput {
  const { role: sentRole, content, agent, tool_calls, tool_call_ids, ...others } = record;
  const { role, metadata } = roleOf(sentRole);
  const { text, parts } = contentOf(content);
  const kept: JsonObject = { ...others, ...metadata };

  if (agent !== undefined && !isPerson(agent)) kept.agent = agent;
  if (Array.isArray(tool_calls)) parts.push(...tool_calls.map(toolCallOf));
  else if (tool_calls !== undefined) kept.tool_calls = tool_calls;

  const [first, ...more] = Array.isArray(tool_call_ids) ? tool_call_ids : [];
  const answersCall = role === 'tool' && typeof first === 'string';
  if (answersCall) parts.push({ type: 'tool_result', id: first, result: text });
  if (tool_call_ids !== undefined && (!answersCall || more.length > 0)) kept.tool_call_ids = tool_call_ids;

  return { role, content: text, parts, metadata: kept, ...(isPerson(agent) ? { from: agent } : {}) };
}

/** `{id, function: {name, arguments: "<JSON>"}}`, or the same without `function`. */
function toolCallOf(call: Json): Part {
  if (!isObject(call)) return { type: 'tool_call', id: null, name: null, arguments: call };
  const inner = isObject(call.function) ? call.function : call;
  const { name = null, arguments: sent = null } = inner;
  return { type: 'tool_call', id: call.id ?? null, name, arguments: argumentsOf(sent) };
}

function argumentsOf(sent: Json): Json {
  if (typeof sent !== 'string') return sent;
  try {
    return parseJson(sent, 'arguments');
  } catch {
    return sent;
  }
}

function statusOf(exitStatus: Json | undefined): Status {
  return exitStatus === undefined || exitStatus === null || exitStatus === 'submitted'
    ? 'completed'
    : 'failed';
}

function submissionOf(submission: Json | undefined): DraftArtifact[] {
  if (typeof submission !== 'string') return [];
  const content = Buffer.from(submission);
  const sha256 = sha256Of(content);
  return [{ path: 'submission.patch', content, size: content.length, sha256, contentType: 'text/x-diff' }];
}

/** A list of objects in the run; none when it is missing. */
function records(run: JsonObject, key: 'history' | 'trajectory'): JsonObject[] {
  const list = run[key];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new BadSource(`"${key}" is not an array`);
  return list.map((item, i) => {
    if (!isObject(item)) throw new BadSource(`${key}[${i}] is not an object`);
    return item;
  });
}

function present(members: Record<string, Json | undefined>): JsonObject {
  const entries = Object.entries(members).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
