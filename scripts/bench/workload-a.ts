/**
 * Workload A: one taskspace with a plan of 50 tasks, 5 artifacts of 1.3 to 3.6 KB and 40 messages, and what
 * is read of it.
 */
import { messageOf, tasksOf } from './folders.js';

export const ID = 'workload-a';
export const ARTIFACT_BYTES = [1_300, 1_900, 2_400, 3_000, 3_600];
export const TASKS = tasksOf(50);
export const MESSAGES = Array.from({ length: 40 }, (_, n) => messageOf(n));

export interface Read {
  readonly name: string;
  /** Behind `/api/taskspaces/<id>`. */
  readonly target: string;
  /** Milliseconds without a cache, and the speed-up with one, as others published them. */
  readonly claim: string;
}

export const READS: readonly Read[] = [
  { name: 'taskspace', target: '', claim: '' },
  { name: 'plan (50 tasks)', target: '/plan', claim: '0.34 ms, 317×' },
  { name: 'list artifacts', target: '/artifacts', claim: '0.42 ms, 405×' },
  { name: 'artifact, 3.6 KB', target: '/artifacts/notes/4.md', claim: '0.77 ms, 575×' },
  { name: 'conversation, 40 messages', target: '/messages?conversation=default', claim: '11.14 ms, 8,899×' },
  { name: 'summary', target: '/summary', claim: '0.69 ms, 654×' },
];

export function artifactOf(n: number): Buffer {
  const bytes = ARTIFACT_BYTES[n] ?? 1_000;
  return Buffer.from('Notes that an agent took while it worked.\n'.repeat(100)).subarray(0, bytes);
}
