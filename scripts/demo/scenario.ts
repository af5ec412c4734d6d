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

/** What a scenario's texts name: a number, a word, the lines of a table, the bytes of a chart. */
export type Figures = Readonly<Record<string, number | string | Uint8Array<ArrayBuffer>>>;

/**
 * A scenario as data. Texts name figures as `[[figure]]`; one that is nothing else becomes the figure itself,
 * number or bytes. Contents may be given as their lines.
 */
export interface ScenarioTemplate extends Omit<Scenario, 'messages' | 'artifacts'> {
  readonly messages: readonly (Omit<DemoMessage, 'content'> & { readonly content: Text })[];
  readonly artifacts: readonly {
    readonly path: string;
    readonly revisions: readonly (Omit<DemoRevision, 'content'> & { readonly content: Text | null })[];
  }[];
}

type Text = string | readonly string[];

/** Throws when a text names a figure that there is none of. */
export function fillIn(template: ScenarioTemplate, figures: Figures): Scenario {
  return filled(template) as Scenario;

  function filled(value: unknown, name?: string): unknown {
    if (typeof value === 'string') return filledText(value);
    if (Array.isArray(value))
      return name === 'content' ? filledText(lines(...value)) : value.map((item) => filled(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, filled(member, key)]));
  }

  function filledText(text: string): Figures[string] {
    const only = /^\[\[(\w+)\]\]$/.exec(text)?.[1];
    return only ? figure(only) : text.replace(/\[\[(\w+)\]\]/g, (_, named: string) => `${figure(named)}`);
  }

  function figure(name: string): Figures[string] {
    const value = figures[name];
    if (value === undefined) throw new Error(`${template.slug} names ${name}, and has no such figure`);
    return value;
  }
}

/** Lines of text, with a newline at the end. */
export function lines(...text: readonly string[]): string {
  return `${text.join('\n')}\n`;
}

export function csv(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return lines(header.join(','), ...rows.map((row) => row.join(',')));
}
