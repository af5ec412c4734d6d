/**
 * The wire format: a few messages of one sender, with the sender's count and its time, as JSON.
 *
 * Everything that arrives is validated, because others may write to the same channel; anything invalid is
 * null.
 */
import type { BusMessage } from './bus.js';

export interface Envelope {
  readonly v: 1;
  /** Random, one for each bus that was ever opened. */
  readonly from: string;
  /** Counts the sender's envelopes, from 1; a jump means that some were lost. */
  readonly n: number;
  /** When it was sent, in milliseconds of the sender's clock. */
  readonly at: number;
  /** Empty: the sender only shows its count. */
  readonly messages: readonly BusMessage[];
}

const MESSAGES_MAX = 1_000;
const TEXT_LENGTH_MAX = 8_192;

export function parseEnvelope(value: unknown): Envelope | null {
  if (!isRecord(value)) return null;
  const { v, from, n, at, messages } = value;
  if (v !== 1 || !isText(from) || !isCount(n) || typeof at !== 'number' || !Number.isFinite(at)) return null;
  if (!Array.isArray(messages) || messages.length > MESSAGES_MAX) return null;
  const checked = messages.map(parseMessage);
  return checked.every((message) => message !== null) ? { v, from, n, at, messages: checked } : null;
}

function parseMessage(value: unknown): BusMessage | null {
  if (!isRecord(value)) return null;
  const { type, id, pattern } = value;
  if (type === 'told' && isText(id)) return { type, id };
  if (type === 'wanted') return { type };
  return type === 'drop' && isText(pattern) ? { type, pattern } : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_LENGTH_MAX;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
