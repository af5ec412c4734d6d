/** /openapi.json and /docs say what everything means, and their examples are what they say. */
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { exampleStatusOf, type OpenApiDocument } from '../../src/contract/openapi.js';
import type { Operation, Operations } from '../../src/contract/operation.js';
import { siteOperations } from '../../src/contract/operations/site.js';
import { API_OPERATIONS, OPERATIONS } from '../../src/contract/operations.js';
import { fakeService } from './fake-service.js';
import { startServer } from './harness.js';

type Schema = Record<string, unknown>;

const rows: readonly [string, Operation][] = Object.entries(API_OPERATIONS);

describe('the contract', () => {
  let document: OpenApiDocument;
  let page: string;

  beforeAll(async () => {
    const server = await startServer({ service: fakeService({}) });
    document = (await server.ask('GET', '/openapi.json')).json as OpenApiDocument;
    page = (await server.ask('GET', '/docs')).text;
  });

  const operations = () => Object.values(document.paths).flatMap((calls) => Object.values(calls));

  it('describes every operation, parameter, shape and member', () => {
    const missing: string[] = [];
    const { schemas, headers } = document.components as Record<string, Record<string, Schema>>;
    for (const [name, schema] of Object.entries({ ...schemas, ...headers })) {
      if (typeof schema.description !== 'string') missing.push(name);
      collect(schema, name, missing);
    }
    for (const operation of operations()) {
      const { operationId, description, parameters, requestBody, responses } = operation;
      if (description.length < 10) missing.push(operationId);
      for (const { name, description: text } of parameters)
        if (typeof text !== 'string') missing.push(`${operationId}?${String(name)}`);
      collect(requestBody, operationId, missing);
      collect(responses, operationId, missing);
    }
    expect(missing).toEqual([]);
  });

  it.each(rows)('%s has an example that is what it says', (_operation, row) => {
    const { query = '', body, answer } = row.example ?? {};
    if (row.body !== undefined) expect(row.body.schema.safeParse(body).error?.issues ?? []).toEqual([]);
    else if (row.upload !== true) expect(body).toBeUndefined();
    const asked = Object.fromEntries(new URLSearchParams(query));
    expect((row.query ?? z.strictObject({})).safeParse(asked).error?.issues ?? []).toEqual([]);
    const schema = row.answers[exampleStatusOf(row)]?.schema;
    if (schema !== undefined) expect(schema.safeParse(answer).error?.issues ?? []).toEqual([]);
    else if (exampleStatusOf(row) === 204) expect(answer).toBeUndefined();
    else expect(answer).toEqual(expect.any(String));
  });

  it('shows an example of every answer that has a body', () => {
    const without = operations().flatMap(({ operationId, responses }) =>
      Object.entries(responses as Record<string, { content?: Record<string, Schema> }>).flatMap(
        ([status, { content = {} }]) =>
          Object.entries(content)
            .filter(([type, { example }]) => type !== 'application/problem+json' && example === undefined)
            .map(([type]) => `${operationId} ${status} ${type}`),
      ),
    );
    expect(without).toEqual([]);
  });

  it.each(rows)('%s needs the scope that API.md section 7 names', (operation, { method, scope }) => {
    const ofAdmin = ['invalidateCache', 'warmCache', 'listCacheKeys', 'deleteCacheKey'].includes(operation);
    expect(scope).toBe(ofAdmin ? 'admin' : method === 'get' ? 'read' : 'write');
  });

  it('asks no token for what is not a taskspace, and limits no probe', () => {
    const site: [string, Operation][] = Object.entries(siteOperations);
    expect(site.filter(([, { scope }]) => scope !== null)).toEqual([]);
    const free = Object.entries<Operation>(OPERATIONS).filter(([, { cost }]) => cost === 0);
    expect(free.map(([operation]) => operation)).toEqual(['health', 'ready']);
  });

  it('has an example call and answer of each operation on its page, and every shape resolved', () => {
    expect(page).not.toContain('$ref');
    expect(page.match(/<p>Example:<\/p><pre>curl -s/g)).toHaveLength(operations().length);
    const links = [...page.matchAll(/href="#(shape-\w+)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(30);
    for (const id of links) expect(page).toContain(`id="${id}"`);
    for (const { operationId } of operations()) {
      const { answer } = (OPERATIONS as Operations)[operationId]?.example ?? {};
      if (answer === undefined) continue;
      const text = typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2);
      expect(page).toContain(text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`));
    }
  });
});

/** Every member in a schema, or in what holds schemas, that has no description. */
function collect(value: unknown, place: string, missing: string[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    // An example is a value: its members are described by the schema.
    if (key === 'example' || key === 'examples') continue;
    if (key === 'properties') {
      for (const [name, member] of Object.entries(part as Record<string, Schema>))
        if (typeof member.description !== 'string') missing.push(`${place}.${name}`);
    }
    collect(part, place, missing);
  }
}
