/**
 * What a browser may do with an artifact, by every spelling of its type: judged by how browsers read it, not
 * by us.
 */
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../scripts/http-request.js';
import type { ContentAnswer } from '../../src/app/answer.js';
import { artifactHeaders } from '../../src/http/artifact-headers.js';
import { mayRun } from '../kit/mime-sniffing.js';
import { SHOWN_TYPES, typeSpellings } from '../kit/type-spellings.js';
import { fakeService } from './fake-service.js';
import { type Running, startServer } from './harness.js';

const TASKSPACE = '/api/taskspaces/demo';
const PAGE = `${TASKSPACE}/artifacts/page`;
const SAMPLE_STEP = 23;
const SCRIPT = '<body><script>fetch("/ran")</script>';

/** What is wrong with an answer that carries bytes of somebody; null when nothing is. */
function danger({ headers }: Pick<Answer, 'headers'>): string | null {
  const policy = String(headers['content-security-policy'] ?? '');
  if (headers['x-content-type-options'] !== 'nosniff') return 'the browser may guess';
  if (policy === '') return 'no policy';
  const type = headers['content-type'];
  if (!/(^|;)\s*sandbox\s*(;|$)/.test(policy) && !/^application\/pdf(;|$)/i.test(type ?? ''))
    return 'no sandbox';
  if (/allow-|script-src|unsafe-eval|default-src (?!'none')/.test(policy))
    return `allows too much: ${policy}`;
  if (mayRun(type) && headers['content-disposition'] !== 'attachment') return `shown in place: ${type}`;
  return null;
}

describe('the type of an artifact', () => {
  let server: Running;

  beforeAll(async () => {
    server = await startServer();
    await server.ask('PUT', TASKSPACE, { json: {} });
  });

  it('is a media type or refused, whoever brings it, and what is taken is never run', async () => {
    await server.ask('PUT', PAGE, { body: SCRIPT });
    // The step has no divisor in common with the number of ways, so that all of them come up.
    for (const type of typeSpellings().filter((_, index) => index % SAMPLE_STEP === 0)) {
      const patched = await server.ask('PATCH', PAGE, { json: { contentType: type } });
      const taken = patched.status === 200;
      expect([type, patched.status]).toEqual([type, taken ? 200 : 422]);
      if (taken) expect([type, danger(await server.ask('GET', PAGE))]).toEqual([type, null]);
      if (/[^\t\x20-\x7e]/.test(type)) continue;
      const put = await server.ask('PUT', PAGE, { body: SCRIPT, headers: { 'Content-Type': type } });
      const code = put.status < 300 ? null : `${put.status} ${String(put.json.code)}`;
      expect([type, code]).toEqual([type, taken ? null : '400 invalid_header']);
    }
  });

  it.each([
    'text/html x',
    'text/html,x',
    'text/html,*/*',
    'text/html (x)',
    'a/b; c',
    'a/b; c="',
    'a/b;c=d e',
    'a/b;\tc=d',
    'a/b\t; c=d',
  ])('%s is none', async (type) => {
    const put = await server.ask('PUT', PAGE, { body: 'x', headers: { 'Content-Type': type } });
    expect([put.status, put.json.code]).toEqual([400, 'invalid_header']);
    expect(put.json.detail).toContain('text/markdown');
  });

  it.each(['a/b', 'a/b;', 'a/b ; c=d', 'a/b;c="d e";e=f', 'a/b;c="\\""', "x-!#$&/v.1+2_3'`|~"])(
    '%s is one, and kept as it was sent',
    async (type) => {
      const put = await server.ask('PUT', PAGE, { body: 'x', headers: { 'Content-Type': type } });
      expect([put.status < 300, put.json.contentType]).toEqual([true, type]);
    },
  );

  it.each(SHOWN_TYPES)('%s is shown in place', async (type) => {
    await server.ask('PUT', PAGE, { body: 'x', headers: { 'Content-Type': type } });
    const answer = await server.ask('GET', PAGE);
    expect([answer.headers['content-type'], answer.headers['content-disposition']]).toEqual([
      type,
      undefined,
    ]);
    expect(danger(answer)).toBeNull();
  });

  it('guards every answer of its path: revisions, ranges, HEAD, 304, refusals', async () => {
    await server.ask('PUT', PAGE, { body: SCRIPT, headers: { 'Content-Type': 'text/html' } });
    const { headers } = await server.ask('GET', PAGE);
    await server.ask('PUT', PAGE, { body: 'x', headers: { 'Content-Type': 'text/plain' } });
    const old = `${PAGE}?revision=${headers['x-revision']}`;
    const answers: [number, Promise<Answer>][] = [
      [200, server.ask('GET', old)],
      [200, server.ask('HEAD', old)],
      [206, server.ask('GET', old, { headers: { Range: 'bytes=0-9' } })],
      [304, server.ask('GET', old, { headers: { 'If-None-Match': String(headers.etag) } })],
      [416, server.ask('GET', old, { headers: { Range: 'bytes=999-' } })],
      [404, server.ask('GET', `${TASKSPACE}/artifacts/%3Cscript%3E`)],
      [400, server.ask('GET', `${PAGE}?%3Cscript%3E=1`)],
      [405, server.ask('POST', PAGE)],
    ];
    for (const [status, asked] of answers) {
      const answer = await asked;
      expect([answer.status, danger(answer)]).toEqual([status, null]);
      if (status < 400) expect(answer.headers['content-disposition']).toBe('attachment');
    }
    expect(await server.raw('GET /<script> HTTP/1.1\r\n\r\n\u0000')).toContain(
      'X-Content-Type-Options: nosniff',
    );
  });
});

describe('a type that an earlier version or a folder copied in has kept', () => {
  let server: Running;
  let contentType = '';

  beforeAll(async () => {
    const artifact = {
      ...{ path: 'page', revision: 1, tag: 'aaaaaaaa', by: 'x', at: '', size: SCRIPT.length },
      ...{ sha256: 'ab'.repeat(32), metadata: {}, message: '', deleted: false },
    };
    server = await startServer({
      service: fakeService({
        artifacts: {
          content: async (): Promise<ContentAnswer> => ({
            artifact: { ...artifact, contentType },
            etag: '"1-aaaaaaaa"',
            cache: 'store',
            open: () => Readable.from([Buffer.from(SCRIPT)]),
          }),
        },
      }),
    });
  });

  it('is served as bytes of no type when it is none, and never run', async () => {
    const odd = ['', 'html', 'text/html\r\nX-Evil: 1', 'text/plain\u0000', 'text/plain\u2028', 'ä/b'];
    const sampled = typeSpellings().filter((_, index) => index % SAMPLE_STEP === 1);
    for (contentType of [...odd, ...sampled]) {
      const answer = await server.ask('GET', PAGE);
      expect([contentType, answer.status, answer.text, danger(answer)]).toEqual([
        contentType,
        200,
        SCRIPT,
        null,
      ]);
      expect(answer.headers['x-evil']).toBeUndefined();
    }
  });

  it('gets headers that no browser misreads, in every spelling', () => {
    for (const spelling of typeSpellings()) {
      const flat = artifactHeaders(spelling);
      const headers: Record<string, string> = {};
      for (let i = 0; i < flat.length; i += 2) headers[String(flat[i]).toLowerCase()] = String(flat[i + 1]);
      expect([spelling, danger({ headers })]).toEqual([spelling, null]);
    }
  });
});
