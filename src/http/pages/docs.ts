/** The contract as a page, from the same document that machines get. Works offline and without scripts. */

import type { Config } from '../../config/config.js';
import { CODES, ERRORS } from '../../contract/errors.js';
import type { OpenApiDocument, OperationObject } from '../../contract/openapi.js';
import type { Code } from '../../domain/errors.js';
import { escapeHtml, layout } from './layout.js';
import { membersTable, type Schema, shapeLink, shapeName } from './schema-table.js';

interface Call {
  readonly verb: string;
  readonly path: string;
  readonly operation: OperationObject;
}

type SiteConfig = Pick<Config, 'version' | 'basePath'>;

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;
}

export function docsPage(document: OpenApiDocument, { version, basePath }: SiteConfig): string {
  const calls = callsOf(document);
  const tags = [...new Set(calls.flatMap(({ operation }) => operation.tags))];
  const sections = tags.map((tag) => {
    const ofTag = calls.filter(({ operation }) => operation.tags.includes(tag));
    return `<h2>${escapeHtml(tag)}</h2>\n${ofTag.map((each) => call(each, basePath)).join('\n')}`;
  });
  const { schemas } = document.components as { schemas: Record<string, Schema> };
  return layout(
    'Taskspace API',
    `<h1>The API</h1>
<p class="soft">Version ${escapeHtml(version)}. JSON in UTF-8; errors are problems (RFC 9457) with a stable code; every resource has an ETag.</p>
${sections.join('\n')}
<h2>shapes</h2>
${Object.entries(schemas).map(shape).join('\n')}
<h2>problem codes</h2>
<table><tr><th>Status</th><th>Code</th><th>Meaning</th></tr>
${CODES.map((code) => problemRow(code, basePath)).join('\n')}
</table>`,
    basePath,
  );
}

function callsOf(document: OpenApiDocument): Call[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, operation]) => ({ verb: verb.toUpperCase(), path, operation })),
  );
}

function call({ verb, path, operation }: Call, base: string): string {
  const parameters = operation.parameters.map(parameterRow).join('\n');
  return `<details><summary><code><span class="verb">${verb}</span> <span class="path">${escapeHtml(path)}</span></code> <span class="soft">${escapeHtml(operation.summary)}</span></summary>
<p>${escapeHtml(operation.description)}</p>
${parameters === '' ? '' : `<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>\n${parameters}</table>`}
${shapeOf('Body', (operation.requestBody ?? {}) as Content)}
<p>Example:</p><pre>${escapeHtml(curl(verb, `${base}${path}`, operation))}</pre>
${answer(operation)}
<p class="soft">Answers: ${Object.keys(operation.responses).join(', ')}</p></details>`;
}

/** The example as a shell command. Parts of the path have examples, parameters are in its query. */
function curl(verb: string, path: string, operation: OperationObject): string {
  const examples = new Map(operation.parameters.map(({ name, example }) => [name, String(example)]));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => examples.get(name) ?? name);
  const { query, body } = operation['x-example'];
  const method = verb === 'GET' ? '' : ` -X ${verb}`;
  const data =
    body === undefined
      ? ''
      : typeof body === 'string'
        ? ` --data-binary ${quoted(body.trim())}`
        : ` --json ${quoted(JSON.stringify(body))}`;
  return `curl -s${method} ${quoted(`http://127.0.0.1:7770${filled}${query}`)}${data}`;
}

/** Quoted for a shell: within single quotes only a single quote has a meaning. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function answer({ responses }: OperationObject): string {
  const [status, response] = exampleOf(responses as Record<string, Content>);
  const example = Object.values(response.content ?? {}).find((media) => media.example !== undefined)?.example;
  if (example === undefined) return `<p class="soft">${status}, without a body.</p>`;
  const text = typeof example === 'string' ? example : JSON.stringify(example, null, 2);
  return `${shapeOf(`Answer, ${status}`, response)}<pre>${escapeHtml(text)}</pre>`;
}

/** The answer that has an example, else the first. */
function exampleOf(responses: Record<string, Content>): [string, Content] {
  const all = Object.entries(responses);
  const has = ({ content = {} }: Content): boolean =>
    Object.values(content).some(({ example }) => example !== undefined);
  return all.find(([, response]) => has(response)) ?? all[0] ?? ['', {}];
}

function shapeOf(what: string, { content = {} }: Content): string {
  const schema = Object.values(content)[0]?.schema;
  if (schema === undefined) return '';
  const name = shapeName(schema);
  return `<p>${escapeHtml(what)}${name === null ? '' : `: ${shapeLink(name)}`}</p>${name === null ? membersTable(schema) : ''}`;
}

function shape([name, schema]: [string, Schema]): string {
  return `<details id="shape-${escapeHtml(name)}"><summary><code>${escapeHtml(name)}</code> <span class="soft">${escapeHtml(String(schema.description ?? ''))}</span></summary>
${membersTable(schema)}</details>`;
}

function parameterRow(parameter: Record<string, unknown>): string {
  const meaning = parameter.description ?? '';
  return `<tr><td><code>${escapeHtml(String(parameter.name))}</code></td><td>${escapeHtml(String(parameter.in))}</td><td class="soft">${escapeHtml(String(meaning))}</td></tr>`;
}

function problemRow(code: Code, base: string): string {
  return `<tr><td>${ERRORS[code].status}</td><td><a href="${base}/problems/${code}"><code>${code}</code></a></td><td class="soft">${escapeHtml(ERRORS[code].meaning)}</td></tr>`;
}
