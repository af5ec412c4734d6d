/**
 * The messages between the primary and its workers, and the guards that check them on arrival.
 *
 * Messages start, watch, end and wake workers, and collect their statistics: no answer about a taskspace
 * rests on one, so a lost message costs time and nothing else. Unknown messages are ignored, because other
 * tools use the same channel.
 */

export type WorkerMessage =
  /** A heartbeat: the event loop runs. Sent every `BEAT_MS`, from the first moment on. */
  | { readonly type: 'beat' }
  | { readonly type: 'ready' }
  /** This worker alone got a signal to end; it serves until it is drained. */
  | { readonly type: 'leave' }
  /** To all other processes of the server: a message of the bus. */
  | { readonly type: 'bus'; readonly body: unknown }
  /**
   * A question to all workers, this one included, and the steward (0); `ask` is the asker's number for it.
   */
  | { readonly type: 'ask'; readonly ask: number; readonly timeoutMs: number; readonly body: unknown }
  /** This worker's answer to the question that the primary has numbered `question`. */
  | { readonly type: 'answer'; readonly question: number; readonly body: unknown }
  /** The start cannot succeed: one line for the operator, and the exit code of the whole start. */
  | { readonly type: 'fatal'; readonly exitCode: number; readonly message: string };

export type PrimaryMessage =
  /** Take no more connections, finish what is in flight, exit. */
  | { readonly type: 'drain' }
  | { readonly type: 'bus'; readonly body: unknown }
  | { readonly type: 'question'; readonly question: number; readonly body: unknown }
  /** To the steward: a worker has died, perhaps in the middle of a write. */
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
