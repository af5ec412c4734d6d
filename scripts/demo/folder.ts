/**
 * A scenario as the folder that a server would have left behind, made with the codec of the journal and no
 * server: thousands of requests a second would be needed otherwise. Under a dot name first, renamed when it
 * is whole.
 *
 * Nothing is synced, and nobody may serve the data folder meanwhile. What is there stays as it is.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { deleteArtifact, putArtifact } from '../../src/domain/artifact-command.js';
import { hostClock } from '../../src/domain/clock.js';
import { createTaskspace, type Decide } from '../../src/domain/command.js';
import { postMessages } from '../../src/domain/message-command.js';
import { putPlan } from '../../src/domain/plan-command.js';
import { contentTypeOf } from '../../src/http/content-types.js';
import { JournalFold } from '../../src/store/files/journal/fold.js';
import { encodeRecord } from '../../src/store/files/journal/record.js';
import { metadataFile, planFile } from '../../src/store/files/mirror/content.js';
import {
  ARTIFACTS,
  METADATA_FILE,
  objectsFolder,
  PLAN_FILE,
  taskspaceFolder,
  taskspacesFolder,
} from '../../src/store/files/paths.js';
import { createRandom, type Random } from './random.js';
import type { DemoArtifact, Scenario } from './scenario.js';
import { mark } from './write.js';

const DAY_MS = 86_400_000;
/** How far back work on a taskspace may have begun. */
const BEGAN_DAYS_MAX = 60;

/**
 * @param now the newest time that anything may carry, in ms. The same seed, scenario and time give the same
 *   bytes.
 * @returns false when the taskspace is there already.
 */
export function writeFolder(dataDir: string, scenario: Scenario, seed: number, now: number): boolean {
  const id = scenario.slug;
  const folder = taskspaceFolder(dataDir, id);
  if (fs.existsSync(folder)) return false;
  const unfinished = path.join(taskspacesFolder(dataDir), `.${id}.new`);
  fs.rmSync(unfinished, { recursive: true, force: true });
  fs.mkdirSync(unfinished, { recursive: true });
  const random = createRandom(`${seed}/times/${id}`);
  const { journal, chain } = makeJournal(scenario, seed, random, now);
  fs.writeFileSync(path.join(unfinished, 'journal.jsonl'), journal);
  writeStamped(path.join(unfinished, PLAN_FILE), planFile(chain.state), chain.state.plan.version?.at);
  writeStamped(path.join(unfinished, METADATA_FILE), metadataFile(chain.state), chain.state.metadata?.at);
  if (scenario.artifacts.length > 0) fs.mkdirSync(objectsFolder(unfinished), { recursive: true });
  for (const artifact of scenario.artifacts) {
    const newest = chain.state.artifacts.get(artifact.path)?.revisions.at(-1);
    writeArtifact(unfinished, artifact, newest?.at);
  }
  fs.renameSync(unfinished, folder);
  return true;
}

interface Step {
  readonly by: string;
  readonly decide: Decide;
}

function makeJournal(scenario: Scenario, seed: number, random: Random, now: number) {
  const chain = JournalFold.empty(scenario.slug);
  const lines: Buffer[] = [];
  const steps = stepsOf(scenario, seed);
  const began = now - Math.floor(random.next() ** 2 * BEGAN_DAYS_MAX * DAY_MS) - steps.length;
  const took = (now - began) * random.next();
  for (const [i, { by, decide }] of steps.entries()) {
    const time = new Date(began + i + Math.floor((took * i) / steps.length)).toISOString();
    const events = decide(chain.state, { time, clock: hostClock(time), by, owner: scenario.owner });
    if (events.length === 0) continue;
    const id = sha256Of(Buffer.from(`${seed}/${scenario.slug}/${i}`)).slice(0, 16);
    const commit = { id, number: chain.state.commit + 1, time, by, events };
    const at = chain.end;
    const record = { at, prev: chain.state.head, safe: at, commit };
    const line = encodeRecord(record);
    chain.fold(line, { own: { at, line: line.subarray(0, -1), record } });
    lines.push(line);
  }
  return { journal: Buffer.concat(lines), chain };
}

/**
 * In the order in which people work: the plan as it was meant, talk and files in turn, the plan as it stands.
 */
function stepsOf(scenario: Scenario, seed: number): Step[] {
  const { name, description, owner, status, tags, goal, tasks, messages, artifacts } = scenario;
  const meant = tasks.map(({ status: _status, result: _result, error: _error, ...task }) => task);
  const posts = messages.map((message) => ({ by: message.from, decide: postMessages([message]) }));
  const files = artifacts.flatMap(artifactSteps);
  const half = Math.ceil(posts.length / 2);
  return [
    { by: owner, decide: createTaskspace({ name, description, owner, status, tags, data: mark(seed) }) },
    { by: owner, decide: putPlan({ goal, tasks: meant }, {}) },
    ...posts.slice(0, half),
    ...files,
    ...posts.slice(half),
    { by: owner, decide: putPlan({ goal, tasks }, {}) },
  ];
}

function artifactSteps({ path: file, revisions }: DemoArtifact): Step[] {
  return revisions.map(({ by, message, content, metadata = {} }) => {
    if (content === null) return { by, decide: deleteArtifact(file, {}) };
    const bytes = bytesOf(content);
    const input = { size: bytes.length, sha256: sha256Of(bytes), contentType: contentTypeOf(file) };
    return { by, decide: putArtifact(file, { ...input, metadata, message }, {}) };
  });
}

/** Every revision as an object, the newest one as a plain file too. */
function writeArtifact(
  folder: string,
  { path: file, revisions }: DemoArtifact,
  at: string | undefined,
): void {
  for (const { content } of revisions) {
    if (content === null) continue;
    const bytes = bytesOf(content);
    fs.writeFileSync(path.join(objectsFolder(folder), sha256Of(bytes)), bytes);
  }
  const newest = revisions.at(-1)?.content;
  if (newest === null || newest === undefined) return;
  const plain = path.join(folder, ARTIFACTS, file);
  fs.mkdirSync(path.dirname(plain), { recursive: true });
  writeStamped(plain, newest, at);
}

/** With the time of its commit, as the server writes it; what was never written has no file. */
function writeStamped(file: string, content: string | Uint8Array, at: string | undefined): void {
  if (at === undefined) return;
  fs.writeFileSync(file, content);
  const seconds = Date.parse(at) / 1000;
  fs.utimesSync(file, seconds, seconds);
}

function bytesOf(content: string | Uint8Array): Buffer {
  return typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
