/** The form of a demo taskspace: what would have come together while some people and agents worked on it. */
import type { JsonObject } from '../../src/contract/json.js';
import type { Role } from '../../src/contract/messages.js';
import type { Status } from '../../src/contract/taskspaces.js';
import type { TaskInput } from '../../src/domain/plan.js';
import type { Random } from './random.js';

export interface DemoMessage {
  readonly from: string;
  readonly role: Role;
  readonly content: string;
  readonly to?: string;
  readonly conversation?: string;
}

export interface DemoRevision {
  readonly by: string;
  readonly message: string;
  /** Null removes the artifact. */
  readonly content: string | Uint8Array<ArrayBuffer> | null;
  readonly metadata?: JsonObject;
}

export interface DemoArtifact {
  readonly path: string;
  readonly revisions: readonly DemoRevision[];
}

export interface Scenario {
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly status: Status;
  readonly tags: readonly string[];
  readonly goal: string;
  readonly tasks: readonly TaskInput[];
  readonly messages: readonly DemoMessage[];
  readonly artifacts: readonly DemoArtifact[];
}

/** Makes the scenario with figures of its own; the same for the same chance. */
export type MakeScenario = (random: Random) => Scenario;

/** A person's message. */
export function person(from: string, content: string, more: Partial<DemoMessage> = {}): DemoMessage {
  return { from, role: 'user', content, ...more };
}

/** An agent's message. */
export function agent(from: string, content: string, more: Partial<DemoMessage> = {}): DemoMessage {
  return { from, role: 'assistant', content, ...more };
}

/** What a tool gave back to an agent. */
export function tool(from: string, content: string, more: Partial<DemoMessage> = {}): DemoMessage {
  return { from, role: 'tool', content, ...more };
}

/** Lines of text, with a newline at the end. */
export function lines(...text: readonly string[]): string {
  return `${text.join('\n')}\n`;
}

export function csv(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return lines(header.join(','), ...rows.map((row) => row.join(',')));
}
