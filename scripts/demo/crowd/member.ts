/**
 * One of many generated taskspaces: the same for the same seed and index, unlike its neighbours. Its plan is
 * consistent (a task is done only after what it depends on), its artifacts carry the metadata that lists
 * filter by.
 */
import type { JsonObject } from '../../../src/contract/json.js';
import type { TaskInput } from '../../../src/contract/plan.js';
import type { Status } from '../../../src/contract/taskspaces.js';
import { createRandom, type Random } from '../random.js';
import type { DemoArtifact, DemoMessage, Scenario } from '../scenario.js';
import { FILES, fileText, markdown, paragraph, sentence } from './texts.js';
import { AGENTS, ERRORS, FIRST_NAMES, LAST_NAMES, PLACES, PRODUCTS, STEPS, SUBJECTS } from './words.js';

export interface CrowdShape {
  readonly seed: number;
  readonly owners: number;
  /** Of each taskspace, on average. */
  readonly messages: number;
  readonly artifacts: number;
}

/** Owners are not alike: some have many taskspaces, most have few. */
const OWNER_SKEW = 1.5;
/** Each with the share that it and those before it have together. */
const STATUSES: readonly [Status, number][] = [
  ['active', 0.45],
  ['completed', 0.7],
  ['draft', 0.82],
  ['archived', 0.92],
  ['failed', 1],
];
const OUTDATED_SHARE = 0.3;
const MODIFIED_SHARE = 0.1;
const NEWER_REVISION_SHARE = 0.25;
/** Without `metadata.type`. */
const PLAIN = 'plain';

export function crowdMember(index: number, shape: CrowdShape): Scenario {
  const random = createRandom(`${shape.seed}/crowd/${index}`);
  const subject = random.pick(SUBJECTS);
  const owner = ownerName(Math.floor(shape.owners * random.next() ** OWNER_SKEW));
  const status = statusOf(random.next());
  const people: readonly [string, ...string[]] = [owner, ownerName(random.whole(0, shape.owners - 1))];
  return {
    slug: `${subject.slug}-${index}${shape.seed === 1 ? '' : `-s${shape.seed}`}`,
    name: named(random, subject.name),
    description: paragraph(random, random.whole(1, 3)),
    owner,
    status,
    tags: [
      ...subject.tags,
      ...(random.next() < 0.2 ? ['urgent'] : []),
      random.pick(['q1', 'q2', 'q3', 'q4']),
    ],
    goal: subject.goal,
    tasks: tasksOf(random, status),
    messages: messagesOf(random, people, countNear(random, shape.messages)),
    artifacts: artifactsOf(random, countNear(random, shape.artifacts)),
  };
}

/** `mara.lindqvist`, …; with a number when there are more people than names. */
function ownerName(n: number): string {
  const first = FIRST_NAMES[n % FIRST_NAMES.length] ?? FIRST_NAMES[0];
  const last = LAST_NAMES[Math.floor(n / FIRST_NAMES.length + n) % LAST_NAMES.length] ?? LAST_NAMES[0];
  const round = Math.floor(n / (FIRST_NAMES.length * LAST_NAMES.length));
  return `${first}.${last}${round > 0 ? round + 1 : ''}`;
}

function statusOf(chance: number): Status {
  return STATUSES.find(([, share]) => chance < share)?.[0] ?? 'active';
}

function named(random: Random, name: string): string {
  return name
    .replace('{place}', random.pick(PLACES))
    .replace('{product}', random.pick(PRODUCTS))
    .replace('{quarter}', `Q${random.whole(1, 4)} ${random.whole(2024, 2027)}`);
}

/** A whole number whose average is `mean`. */
function countNear(random: Random, mean: number): number {
  return mean === 1 ? 1 : random.whole(Math.ceil(mean / 2), mean + Math.floor(mean / 2));
}

function tasksOf(random: Random, status: Status): TaskInput[] {
  const count = random.whole(3, 9);
  const from = random.whole(0, STEPS.length - count);
  const steps = STEPS.slice(from, from + count);
  const done = status === 'draft' ? 0 : status === 'active' ? random.whole(0, count - 1) : count;
  const broken = status === 'failed' ? random.whole(1, count - 1) : -1;
  return steps.map(([id, name, agent], i) => {
    const dependencies = i === 0 ? [] : dependenciesOf(random, steps, i);
    const task = { id, name, goal: sentence(random), agent, dependencies };
    if (i === broken) return { ...task, status: 'failed', error: random.pick(ERRORS) };
    if (broken >= 0 && i > broken) return { ...task, status: 'pending' };
    if (i < done) return finished(random, task, status === 'completed' && i > 1);
    if (i > done || status === 'draft') return { ...task, status: 'pending' };
    return presently(random, task);
  });
}

function dependenciesOf(random: Random, steps: readonly (readonly [string, ...unknown[]])[], i: number) {
  const last = steps[i - 1]?.[0] ?? '';
  const other = steps[random.whole(0, i - 1)]?.[0] ?? last;
  return other === last ? [last] : [last, other];
}

/** A cancelled task would hold up those behind it, unless they are done already. */
function finished(random: Random, task: TaskInput, mayBeCancelled: boolean): TaskInput {
  if (mayBeCancelled && random.next() < 0.08) return { ...task, status: 'cancelled' };
  return { ...task, status: 'completed', result: { note: sentence(random), count: random.whole(1, 400) } };
}

/** The first task that is not done: at work, waiting, or failed in a way that somebody has to look at. */
function presently(random: Random, task: TaskInput): TaskInput {
  const chance = random.next();
  if (chance < 0.12)
    return { ...task, status: 'failed', onFailure: 'escalate_to_user', error: random.pick(ERRORS) };
  if (chance < 0.2) return { ...task, status: 'failed', onFailure: 'proceed', error: random.pick(ERRORS) };
  return { ...task, status: chance < 0.7 ? 'in_progress' : 'pending' };
}

function messagesOf(random: Random, people: readonly [string, ...string[]], count: number): DemoMessage[] {
  const agents = [random.pick(AGENTS), random.pick(AGENTS)] as const;
  return Array.from({ length: count }, (_, i) => {
    const conversation = random.next() < 0.75 ? undefined : random.pick(['review', 'data', 'release']);
    const place = conversation === undefined ? {} : { conversation };
    const content = paragraph(random, random.whole(1, 3));
    const chance = random.next();
    if (i === 0) return { from: people[0], role: 'user', content, ...place };
    if (chance < 0.4) return { from: random.pick(people), role: 'user', content, ...place };
    if (chance < 0.85) return { from: random.pick(agents), role: 'assistant', content, ...place };
    if (chance < 0.97) return { from: random.pick(agents), role: 'tool', content: `$ ${content}`, ...place };
    return { from: 'scheduler', role: 'system', content, ...place };
  });
}

function artifactsOf(random: Random, count: number): DemoArtifact[] {
  const first = random.whole(0, FILES.length - 1);
  return Array.from({ length: count }, (_, i) => {
    const type = random.pick(['skill', 'command', 'agent', PLAIN, PLAIN]);
    const path =
      type === PLAIN
        ? numbered(FILES[(first + i) % FILES.length] ?? FILES[0], i)
        : `${type}s/${type}-${i + 1}.md`;
    const by = random.pick(AGENTS);
    const revisions = random.next() < NEWER_REVISION_SHARE ? [1, 2] : [1];
    return {
      path,
      revisions: revisions.map((version) => ({
        by,
        message: version === 1 ? 'First version' : sentence(random),
        content: type === PLAIN ? fileText(random, path, version) : markdown(random, version),
        metadata:
          type === PLAIN ? { language: path.slice(path.lastIndexOf('.') + 1) } : versionsOf(random, type),
      })),
    };
  });
}

/** So that a path never stands twice, however many artifacts are asked for. */
function numbered(file: string, i: number): string {
  const round = Math.floor(i / FILES.length);
  return round === 0 ? file : file.replace(/\.(\w+)$/, `-${round + 1}.$1`);
}

function versionsOf(random: Random, type: string): JsonObject {
  const upstream = `1.${random.whole(0, 9)}.${random.whole(0, 9)}`;
  const isOutdated = random.next() < OUTDATED_SHARE;
  return {
    type,
    upstreamVersion: upstream,
    deployedVersion: isOutdated ? `0.${random.whole(1, 9)}.0` : upstream,
    localModified: random.next() < MODIFIED_SHARE,
  };
}
