/** The metadata of a taskspace, and what may be written to it. */
import type { JsonObject } from './json.js';
import type { Version } from './version.js';

export const STATUSES = ['draft', 'active', 'completed', 'failed', 'archived'] as const;
export type Status = (typeof STATUSES)[number];

export interface Retention {
  readonly keepRevisions: number;
  readonly keepDays: number;
}

/** The members that a client writes. */
export interface MetadataFields {
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly status: Status;
  readonly tags: readonly string[];
  readonly data: JsonObject;
  readonly retention: Retention | null;
}

/** The current metadata with its version; a value, replaced whole on every change. */
export interface Metadata extends MetadataFields, Version {
  readonly createdAt: string;
  readonly createdBy: string;
}

/** A body of POST or PUT: absent members take their defaults. */
export type MetadataInput = { readonly [K in keyof MetadataFields]?: MetadataFields[K] | undefined };

/** A merge patch: `null` resets a member to its default. */
export type MetadataPatch = {
  readonly [K in keyof MetadataFields]?: MetadataFields[K] | JsonObject | null | undefined;
};

/** The default of the member that a patch leaves out: 0 keeps for ever. */
const NO_RETENTION: Retention = { keepRevisions: 0, keepDays: 0 };

export function withDefaults(id: string, owner: string, input: MetadataInput): MetadataFields {
  return {
    name: input.name ?? id,
    description: input.description ?? '',
    owner: input.owner ?? owner,
    status: input.status ?? 'active',
    tags: input.tags ?? [],
    data: input.data ?? {},
    retention: input.retention ? { ...NO_RETENTION, ...input.retention } : null,
  };
}
