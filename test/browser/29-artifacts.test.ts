/**
 * Fault 29: artifacts that a browser would run, opened in a real Chromium. Each page tries to write to the
 * server it came from; a server without guards shows first that such a page would have. Not part of `npm
 * test`: `npm run fault -- browser`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContentAnswer } from '../../src/app/answer.js';
import { fakeService } from '../http/fake-service.js';
import { type Running, startServer } from '../http/harness.js';
import { eventually } from '../kit/eventually.js';
import { SHOWN_TYPES, typeSpellings } from '../kit/type-spellings.js';
import { Browser } from './browser.js';

const POST =
  'fetch("/api/taskspaces/b1/messages",{method:"POST",headers:{"content-type":"application/json"},body:JSON.stringify({content:location.href})})';
const BODIES = {
  html: `<body>x<script>${POST}</script><img src=x onerror='${POST}'>`,
  svg: `<svg xmlns="http://www.w3.org/2000/svg"><script>${POST}</script></svg>`,
  xhtml: `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><script>${POST}</script></body></html>`,
  mixed: `--b\r\nContent-Type: text/html\r\n\r\n<script>${POST}</script>\r\n--b--\r\n`,
} as const;

/** The page that does most harm under this type. */
function bodyFor(type: string): string {
  if (type.includes('svg')) return BODIES.svg;
  if (/multipart/i.test(type)) return BODIES.mixed;
  return /xml/i.test(type) ? BODIES.xhtml : BODIES.html;
}

const RUN_MS = 10_000;
const RUN_BY_CHROMIUM = [
  ...['text/html', 'text/html x', 'text/html,x', 'text/html,*/*', 'text/html (x)', 'text/html;'],
  ...['text/plain,text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/xml'],
];

describe('pages in artifacts, in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await Browser.start();
  });
  afterAll(() => browser.close());

  it('would run without guards: the control', async () => {
    const ran: string[] = [];
    const server = createServer((req, res) => {
      if (req.method === 'POST') ran.push(req.headers.referer ?? '');
      const type = new URL(req.url ?? '', 'http://x').searchParams.get('type') ?? '';
      res.setHeader('Content-Type', type);
      res.end(bodyFor(type));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const notRun: string[] = [];
    for (const type of RUN_BY_CHROMIUM) {
      const url = `http://127.0.0.1:${port}/?type=${encodeURIComponent(type)}`;
      await browser.open(url);
      await eventually(() => ran.includes(url), RUN_MS).catch(() => notRun.push(type));
    }
    expect(notRun).toEqual([]);
    server.closeAllConnections();
    server.close();
  });

  it('run by no spelling of a type that is taken', async () => {
    const server = await startServer();
    await server.ask('PUT', '/api/taskspaces/b1', { json: {} });
    let taken = 0;
    for (const [index, type] of typeSpellings().entries()) {
      const path = `/api/taskspaces/b1/artifacts/${index}`;
      await server.ask('PUT', path, { body: bodyFor(type) });
      if ((await server.ask('PATCH', path, { json: { contentType: type } })).status !== 200) continue;
      taken++;
      await browser.open(`http://127.0.0.1:${server.port}${path}`);
    }
    console.log(`${taken} pages of types that were taken`);
    await expectNothingRan(server);
  });

  it('run by no type that was kept by an earlier version or came in with a folder', async () => {
    const posted: string[] = [];
    let contentType = '';
    let body = '';
    const version = { path: 'page', revision: 1, tag: 'aaaaaaaa', by: 'x', at: '', deleted: false };
    const server = await startServer({
      service: fakeService({
        artifacts: {
          content: async (): Promise<ContentAnswer> => ({
            artifact: {
              ...version,
              contentType,
              size: body.length,
              sha256: 'ab'.repeat(32),
              metadata: {},
              message: '',
            },
            etag: '"1-aaaaaaaa"',
            cache: 'store',
            open: () => Readable.from([Buffer.from(body)]),
          }),
        },
        messages: {
          post: async () => {
            posted.push(contentType);
            throw new Error('a page wrote');
          },
        },
      }),
    });
    let asked = 0;
    for (contentType of typeSpellings()) {
      body = bodyFor(contentType);
      await browser.open(
        `http://127.0.0.1:${server.port}/api/taskspaces/b1/artifacts/page?revision=${++asked}`,
      );
    }
    console.log(`${asked} pages of types that were kept`);
    expect(posted).toEqual([]);
  });

  it('are shown when their type is one that is shown', async () => {
    const server = await startServer();
    await server.ask('PUT', '/api/taskspaces/b1', { json: {} });
    for (const [index, type] of SHOWN_TYPES.entries()) {
      const path = `/api/taskspaces/b1/artifacts/${index}`;
      await server.ask('PUT', path, { body: BODIES.html, headers: { 'Content-Type': type } });
      const outcome = await browser.open(`http://127.0.0.1:${server.port}${path}`);
      // The bytes are no picture, sound or film: their viewers may give up, but none may run them.
      if (/plain|json/.test(type)) {
        expect([type, outcome, await browser.evaluate('document.body.innerText')]).toEqual([
          type,
          'shown',
          BODIES.html,
        ]);
      }
    }
    await expectNothingRan(server);
  });
});

/**
 * A page that runs posts at once; a second one that certainly runs nothing gives those before it the time.
 */
async function expectNothingRan(server: Running): Promise<void> {
  const { json } = await server.ask('GET', '/api/taskspaces/b1/messages');
  expect(json.items).toEqual([]);
}
