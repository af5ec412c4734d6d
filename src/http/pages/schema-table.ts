/** JSON Schemas as tables: the members of a shape with their types and meanings; other shapes are links. */
import { escapeHtml } from './layout.js';

export type Schema = Readonly<Record<string, unknown>>;

const SHAPE = '#/components/schemas/';
/** How deep unnamed nested shapes are shown. */
const DEPTH_MAX = 4;

/** The name of the shape that the schema refers to; null: it is no reference. */
export function shapeName({ $ref }: Schema): string | null {
  return typeof $ref === 'string' && $ref.startsWith(SHAPE) ? $ref.slice(SHAPE.length) : null;
}

export function shapeLink(name: string): string {
  return `<a href="#shape-${escapeHtml(name)}"><code>${escapeHtml(name)}</code></a>`;
}

/** Empty when the schema has no members to show. */
export function membersTable(schema: Schema): string {
  const rows = rowsOf(schema, '', 0);
  return rows === '' ? '' : `<table><tr><th>Member</th><th>Type</th><th>Meaning</th></tr>\n${rows}</table>`;
}

function rowsOf(schema: Schema, above: string, depth: number): string {
  const required = new Set((schema.required ?? []) as string[]);
  return partsOf(schema)
    .flatMap(({ properties }) => Object.entries((properties ?? {}) as Record<string, Schema>))
    .map(([name, member]) => {
      const path = `${above}${name}`;
      const mark = required.has(name) ? ' <span class="soft">required</span>' : '';
      const row = `<tr><td><code>${escapeHtml(path)}</code>${mark}</td><td>${typeOf(member)}</td><td class="soft">${escapeHtml(String(member.description ?? ''))}</td></tr>`;
      return depth < DEPTH_MAX ? `${row}\n${rowsWithin(member, path, depth)}` : row;
    })
    .join('\n');
}

function rowsWithin(member: Schema, path: string, depth: number): string {
  if (member.type === 'array') return rowsOf((member.items ?? {}) as Schema, `${path}[].`, depth + 1);
  return rowsOf(member, `${path}.`, depth + 1);
}

/** The schema itself, or its alternatives. */
function partsOf(schema: Schema): readonly Schema[] {
  return ((schema.anyOf ?? schema.oneOf ?? schema.allOf) as Schema[] | undefined) ?? [schema];
}

/** As HTML. */
function typeOf(schema: Schema): string {
  const name = shapeName(schema);
  if (name !== null) return shapeLink(name);
  const parts = partsOf(schema);
  if (parts.length > 1 || parts[0] !== schema) return parts.map(typeOf).join(' or ');
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => code(value)).join(', ');
  if (schema.const !== undefined) return code(schema.const);
  if (schema.type === 'array') return `array of ${typeOf((schema.items ?? {}) as Schema)}`;
  const type = [schema.type ?? 'any'].flat().join(' or ');
  return escapeHtml(typeof schema.format === 'string' ? `${type}, ${schema.format}` : type);
}

function code(value: unknown): string {
  return `<code>${escapeHtml(JSON.stringify(value))}</code>`;
}
