/**
 * A recorded run or transcript of any known form as a draft. The file itself is kept as an artifact, byte for
 * byte, so what has no place here is not lost.
 */
import type { Json, JsonObject } from '../../src/contract/json.js';
import type { Status } from '../../src/contract/taskspaces.js';
import { BadSource, bytesOf, type Draft, type DraftArtifact } from './draft.js';
import { FREE_BYTES_MAX, isObject, jsonBytes } from './json-text.js';
import { Notes } from './notes.js';
import { Overflow } from './overflow.js';
import { Reading } from './reading.js';
import { type Recognised, recognise } from './recognise.js';
import { sha256Of, sha256OfFile } from './sha256.js';
import { stemOf } from './taskspace-id.js';

const NAME_LENGTH_MAX = 200;
const KINDS_NAMED = 6;

export interface RecordingFile {
  /** As it was named, for what is said about it. */
  readonly label: string;
  readonly path: string;
  /** With extension. */
  readonly name: string;
  readonly size: number;
}

/** Reads the file once. @param onFraction how much of it is read (0–1). Throws BadSource. */
export async function readRecording(
  file: RecordingFile,
  onFraction: (fraction: number) => void = () => undefined,
): Promise<Draft> {
  const recognised = await recognise(file);
  if (recognised === null) throw new BadSource(refusal(file));
  const notes = new Notes();
  const reading = new Reading(file, recognised, notes);
  const counted = { artifacts: 0, bytes: 0 };
  for await (const { artifacts } of reading.entries(fractions(file.size, onFraction))) {
    counted.artifacts += artifacts.length;
    counted.bytes += bytesOf(artifacts);
  }
  const steps = reading.steps?.totals();
  if (reading.messages === 0 && !steps?.tasks)
    throw new BadSource(`there is no message in it. ${howToKeep(file)}`);
  const sha256 = await sha256OfFile(file.path, file.size);
  const { status, submission, data, title } = wholeOf(reading, recognised);
  const artifacts = [rawFile(file, recognised, sha256), ...patchOf(submission), ...data.artifacts];
  return {
    name: [...(title || stemOf(file.name))].slice(0, NAME_LENGTH_MAX).join(''),
    status,
    source: { file: file.name, sha256 },
    data: data.value,
    artifacts,
    totals: {
      messages: reading.messages,
      tasks: steps?.tasks ?? 0,
      artifacts: artifacts.length + counted.artifacts + (steps?.artifacts ?? 0),
      bytes: bytesOf(artifacts) + counted.bytes + (steps?.bytes ?? 0),
    },
    form: recognised.form.name,
    notes: [...notes.lines(), ...leftOutNotes(reading.leftOut(), steps?.leftOut ?? 0)],
    content(onRead = () => undefined) {
      const again = new Reading(file, recognised, new Notes());
      if (steps) again.steps?.makeWithin(steps.bytesMax);
      return {
        entries: again.entries(fractions(file.size, onRead)),
        plan: () => again.steps?.plan() ?? null,
      };
    },
  };
}

/** What is known of the whole: how it ended, and what stands beside the messages. */
function wholeOf(reading: Reading, { form, isWhole }: Recognised) {
  const facts = reading.facts();
  const { info, environment, ...others } = isWhole ? {} : reading.others;
  const ended = isObject(info) ? info : {};
  const { exit_status, model_stats, submission, ...more } = ended;
  const run = present({ environment, exit_status, model_stats });
  const isRun = form.keepsNoOthers === true || exit_status !== undefined;
  const leftOut = reading.leftOut();
  const beside = present({
    ...others,
    info: Object.keys(more).length > 0 ? more : undefined,
    left_out: Object.keys(leftOut).length > 0 ? leftOut : undefined,
  });
  const data = { ...(form.keepsNoOthers ? {} : { ...beside, ...facts.data }), ...run };
  return {
    status: facts.status ?? (isRun ? statusOf(exit_status) : 'active'),
    submission: facts.submission ?? submission,
    title: facts.title,
    data: withinData(data),
  };
}

function withinData(data: JsonObject): { value: JsonObject; artifacts: DraftArtifact[] } {
  // The source stands beside it.
  if (jsonBytes(data) <= FREE_BYTES_MAX - 4096) return { value: data, artifacts: [] };
  const overflow = new Overflow();
  return { value: { artifact: overflow.json(data, 'data') }, artifacts: overflow.artifacts };
}

function statusOf(exitStatus: Json | undefined): Status {
  const isGood =
    exitStatus === undefined ||
    exitStatus === null ||
    (typeof exitStatus === 'string' && exitStatus.toLowerCase() === 'submitted');
  return isGood ? 'completed' : 'failed';
}

function rawFile({ path, name, size }: RecordingFile, { layout }: Recognised, sha256: string): DraftArtifact {
  const isDocument = layout === 'document' && !/\.(jsonl|ndjson)$/i.test(name);
  const content = { file: path };
  return {
    path: `source/${name}`,
    content,
    size,
    sha256,
    ...(isDocument ? { contentType: 'application/json' } : {}),
  };
}

function patchOf(submission: Json | undefined): DraftArtifact[] {
  if (typeof submission !== 'string') return [];
  const content = Buffer.from(submission);
  const sha256 = sha256Of(content);
  return [{ path: 'submission.patch', content, size: content.length, sha256, contentType: 'text/x-diff' }];
}

function leftOutNotes(kinds: Readonly<Record<string, number>>, steps: number): string[] {
  const found = Object.entries(kinds);
  const named = found.slice(0, KINDS_NAMED).map(([kind, count]) => `${kind} ${count}`);
  const more = found.length > KINDS_NAMED ? ` and ${found.length - KINDS_NAMED} more kinds` : '';
  return [
    ...(found.length > 0
      ? [`records that hold no message, in the kept file only: ${named.join(', ')}${more}`]
      : []),
    ...(steps > 0
      ? [`the last ${steps} steps are too many for a plan; what was said in them is among the messages`]
      : []),
  ];
}

function refusal(file: RecordingFile): string {
  return `its form is none that is known (\`--help\` names them), so nothing was imported. ${howToKeep(file)}`;
}

function howToKeep({ label, name }: RecordingFile): string {
  const path = quoted(label);
  return (
    `To keep its bytes: \`npm run import -- ${path} --as file\`, or ` +
    `\`curl -T ${path} <server>/api/taskspaces/<id>/artifacts/${encodeURIComponent(name)}\`.`
  );
}

/** For a shell, where that is needed. */
function quoted(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function fractions(size: number, onFraction: (fraction: number) => void): (count: number) => void {
  let read = 0;
  return (count) => {
    read += count;
    onFraction(read / Math.max(1, size));
  };
}

function present(members: Record<string, Json | undefined>): JsonObject {
  const entries = Object.entries(members).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
