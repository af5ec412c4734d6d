/**
 * What the primary and its workers say to each other, and the guards that check it on arrival.
 *
 * Messages start, watch and end workers, wake them up, and ask them for their statistics: no answer about a taskspace
 * rests on one, so a lost message costs time and nothing else. What is not one of these is ignored, because other tools use the same channel.
 */

export type WorkerMessage =
  /** The event loop turns. Sent every `BEAT_MS`, from the first moment on. */
  | { readonly type: 'beat' }
  | { readonly type: 'ready' }
  /** Somebody has told this worker alone to end; it serves until it is told to drain. */
  | { readonly type: 'leave' }
  /** To all other processes of the server: a message of the bus. */
  | { readonly type: 'bus'; readonly body: unknown }
  /** A question to all workers, this one included, and the steward (0); `ask` is the asker's own number for it. */
  | { readonly type: 'ask'; readonly ask: number; readonly timeoutMs: number; readonly body: unknown }
  /** What this worker answers to the question that the primary gave the number `question`. */
  | { readonly type: 'answer'; readonly question: number; readonly body: unknown }
  /** The start cannot succeed: one line for a person, and the exit code of the whole start. */
  | { readonly type: 'fatal'; readonly exitCode: number; readonly message: string };

export type PrimaryMessage =
  /** Take no more connections, finish what is in flight, exit. */
  | { readonly type: 'drain' }
  | { readonly type: 'bus'; readonly body: unknown }
  | { readonly type: 'question'; readonly question: number; readonly body: unknown }
  /** To the steward: a worker has died in the middle of whatever it was doing. */
  | { readonly type: 'death' }
  /** All answers to an `ask` that came in time. */
  | { readonly type: 'answers'; readonly ask: number; readonly answers: readonly WorkerAnswer[] };

export interface WorkerAnswer {
  readonly worker: number;
  readonly body: unknown;
}

export const HEARTBEAT_MS = 1000;

export function workerMessage(value: unknown): WorkerMessage | null {
  if (!isRecord(value)) return null;
  const { type, exitCode, message } = value;
  if (type === 'beat' || type === 'ready' || type === 'leave') return { type };
  const { body, ask, timeoutMs, question } = value;
  if (type === 'bus') return { type, body };
  if (type === 'ask' && typeof ask === 'number' && typeof timeoutMs === 'number')
    return { type, ask, timeoutMs, body };
  if (type === 'answer' && typeof question === 'number') return { type, question, body };
  if (type !== 'fatal' || typeof exitCode !== 'number' || typeof message !== 'string') return null;
  return { type, exitCode, message };
}

export function primaryMessage(value: unknown): PrimaryMessage | null {
  if (!isRecord(value)) return null;
  const { type, body, question, ask, answers } = value;
  if (type === 'drain' || type === 'death') return { type };
  if (type === 'bus') return { type, body };
  if (type === 'question' && typeof question === 'number') return { type, question, body };
  if (type === 'answers' && typeof ask === 'number' && Array.isArray(answers)) return { type, ask, answers };
  return null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
