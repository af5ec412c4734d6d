/**
 * What the primary and its workers say to each other, and the guards that check it on arrival.
 *
 * Messages only start, watch and end workers: no answer of the server rests on one, so a lost message costs time and
 * nothing else. What is not one of these is ignored, because other tools use the same channel.
 */

export type WorkerMessage =
  /** The event loop turns. Sent every `BEAT_MS`, from the first moment on. */
  | { readonly type: 'beat' }
  | { readonly type: 'ready' }
  /** Somebody has told this worker alone to end; it serves until it is told to drain. */
  | { readonly type: 'leave' }
  /** The start cannot succeed: one line for a person, and the exit code of the whole start. */
  | { readonly type: 'fatal'; readonly exitCode: number; readonly message: string };

/** Take no more connections, finish what is in flight, exit. */
export type PrimaryMessage = { readonly type: 'drain' };

export const BEAT_MS = 1000;

export function workerMessage(value: unknown): WorkerMessage | null {
  if (!isRecord(value)) return null;
  const { type, exitCode, message } = value;
  if (type === 'beat' || type === 'ready' || type === 'leave') return { type };
  if (type !== 'fatal' || typeof exitCode !== 'number' || typeof message !== 'string') return null;
  return { type, exitCode, message };
}

export function primaryMessage(value: unknown): PrimaryMessage | null {
  return isRecord(value) && value.type === 'drain' ? { type: 'drain' } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
