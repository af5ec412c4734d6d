/** The contract as a page, from the same document that machines get. Works offline and without scripts. */
import { CODES, type Code } from '../../domain/errors.js';
import type { OpenApiDocument, Operation } from '../openapi.js';
import { PROBLEM_TEXTS } from '../problem-texts.js';
import { STATUS_OF } from '../problems.js';
import { escapeHtml, layout } from './layout.js';

interface Call {
  readonly verb: string;
  readonly path: string;
  readonly operation: Operation;
}

export function docsPage(document: OpenApiDocument, version: string): string {
  const calls = callsOf(document);
  const tags = [...new Set(calls.flatMap(({ operation }) => operation.tags))];
  const sections = tags.map((tag) => {
    const ofTag = calls.filter(({ operation }) => operation.tags.includes(tag));
    return `<h2>${escapeHtml(tag)}</h2>\n${ofTag.map(call).join('\n')}`;
  });
  return layout(
    'Taskspace API',
    `<h1>The API</h1>
<p class="soft">Version ${escapeHtml(version)}. JSON in UTF-8; errors are problems (RFC 9457) with a stable code; every resource has an ETag.</p>
${sections.join('\n')}
<h2>problem codes</h2>
<table><tr><th>Status</th><th>Code</th><th>Meaning</th></tr>
${(Object.keys(CODES) as Code[]).map(problemRow).join('\n')}
</table>`,
  );
}

function callsOf(document: OpenApiDocument): Call[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, operation]) => ({ verb: verb.toUpperCase(), path, operation })),
  );
}

function call({ verb, path, operation }: Call): string {
  const parameters = operation.parameters.map(parameterRow).join('\n');
  const body =
    operation.requestBody === undefined
      ? ''
      : `<p>Body:</p><pre>${escapeHtml(JSON.stringify(operation.requestBody.content, null, 2))}</pre>`;
  return `<details><summary><code><span class="verb">${verb}</span> <span class="path">${escapeHtml(path)}</span></code> <span class="soft">${escapeHtml(operation.summary)}</span></summary>
${parameters === '' ? '' : `<table><tr><th>Parameter</th><th>In</th><th>Form</th></tr>\n${parameters}</table>`}
${body}<p class="soft">Answers: ${Object.keys(operation.responses).join(', ')}</p></details>`;
}

function parameterRow(parameter: Record<string, unknown>): string {
  const form = parameter.description ?? JSON.stringify(parameter.schema);
  return `<tr><td><code>${escapeHtml(String(parameter.name))}</code></td><td>${escapeHtml(String(parameter.in))}</td><td class="soft">${escapeHtml(String(form))}</td></tr>`;
}

function problemRow(code: Code): string {
  return `<tr><td>${STATUS_OF[code]}</td><td><a href="/problems/${code}"><code>${code}</code></a></td><td class="soft">${escapeHtml(PROBLEM_TEXTS[code].meaning)}</td></tr>`;
}
