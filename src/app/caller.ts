/** The caller of a use case and its rights. Every use case takes one, so that no check can be forgotten. */
export type Scope = 'read' | 'write' | 'admin';

export interface Caller {
  /** The token's subject; null while the server runs open. */
  readonly subject: string | null;
  /** `X-Actor`, decoded; null when absent. */
  readonly actor: string | null;
  readonly scopes: readonly Scope[];
  /** Globs of taskspace ids this caller may see; `*` is all. */
  readonly globs: readonly string[];
}

export function openCaller(actor: string | null): Caller {
  return { subject: null, actor, scopes: ['read', 'write', 'admin'], globs: ['*'] };
}

/**
 * The `by` of a commit: subject, or actor, or `subject/actor`, or `anonymous`.
 * @param agent the agent that takes the step, if any; replaces an actor that was not sent.
 */
export function byOf({ subject, actor }: Caller, agent: string | null = null): string {
  const who = actor ?? agent;
  if (subject === null) return who ?? 'anonymous';
  return who === null ? subject : `${subject}/${who}`;
}

/** The default owner of what this caller creates. */
export function ownerOf(caller: Caller): string {
  return caller.subject ?? caller.actor ?? 'anonymous';
}
