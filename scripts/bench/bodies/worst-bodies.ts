/**
 * The worst that each endpoint can be sent: bodies that are refused, the largest that are taken, and long
 * heads.
 */

const MIB = 1024 * 1024;
const HEAD_BYTES = 15 * 1024;

export interface WorstRequest {
  /** Method and route, as API.md names them. */
  readonly endpoint: string;
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

interface Place {
  readonly endpoint: string;
  readonly path: string;
  readonly bytesMax: number;
  /** A member that takes free JSON, and what stands beside it. */
  readonly free?: string;
  readonly beside?: object;
}

const SPACE = '/api/taskspaces/worst';

const PLACES: readonly Place[] = [
  { endpoint: 'POST /api/taskspaces', path: '/api/taskspaces', bytesMax: MIB, free: 'data' },
  { endpoint: 'PUT …/:id', path: SPACE, bytesMax: MIB, free: 'data' },
  { endpoint: 'PATCH …/:id', path: SPACE, bytesMax: MIB, free: 'data' },
  { endpoint: 'PUT …/plan', path: `${SPACE}/plan`, bytesMax: 16 * MIB },
  {
    endpoint: 'POST …/plan/tasks',
    path: `${SPACE}/plan/tasks`,
    bytesMax: MIB,
    free: 'metadata',
    beside: { name: 'n' },
  },
  { endpoint: 'PATCH …/tasks/:taskId', path: `${SPACE}/plan/tasks/t1`, bytesMax: MIB, free: 'metadata' },
  { endpoint: 'POST …/plan/claim', path: `${SPACE}/plan/claim`, bytesMax: MIB },
  { endpoint: 'POST …/heartbeat', path: `${SPACE}/plan/tasks/t1/heartbeat`, bytesMax: MIB },
  { endpoint: 'POST …/release', path: `${SPACE}/plan/tasks/t1/release`, bytesMax: MIB },
  {
    endpoint: 'POST …/complete',
    path: `${SPACE}/plan/tasks/t1/complete`,
    bytesMax: MIB,
    free: 'result',
    beside: { token: 'x' },
  },
  {
    endpoint: 'POST …/fail',
    path: `${SPACE}/plan/tasks/t1/fail`,
    bytesMax: MIB,
    free: 'result',
    beside: { token: 'x' },
  },
  { endpoint: 'POST …/leases/:name', path: `${SPACE}/leases/l`, bytesMax: MIB },
  { endpoint: 'POST …/leases/:name/renew', path: `${SPACE}/leases/l/renew`, bytesMax: MIB },
  { endpoint: 'POST …/leases/:name/release', path: `${SPACE}/leases/l/release`, bytesMax: MIB },
  { endpoint: 'POST …/messages', path: `${SPACE}/messages`, bytesMax: 16 * MIB, free: 'metadata' },
  { endpoint: 'PATCH …/artifacts/{path}', path: `${SPACE}/artifacts/a.txt`, bytesMax: MIB, free: 'metadata' },
  { endpoint: 'POST /api/cache/invalidate', path: '/api/cache/invalidate', bytesMax: MIB },
  { endpoint: 'POST /api/cache/warm', path: '/api/cache/warm', bytesMax: MIB },
];

/** What must stand before any of them is sent. */
export const GROUNDWORK: readonly WorstRequest[] = [
  json('PUT', SPACE, { data: { kept: 1 } }),
  json('PUT', `${SPACE}/plan`, { tasks: [{ id: 't1', name: 'n' }] }),
  { ...json('PUT', `${SPACE}/artifacts/a.txt`, {}), headers: { 'Content-Type': 'text/plain' } },
];

export function* worstRequests(): Generator<WorstRequest> {
  for (const place of PLACES) yield* bodiesOf(place);
  yield* plans();
  yield* batches();
  yield* heads();
}

/** Made one at a time: all of them together would take gigabytes. */
function* bodiesOf({ endpoint, path, bytesMax, free, beside = {} }: Place): Generator<WorstRequest> {
  const [method = ''] = endpoint.split(' ');
  const wide = { endpoint, method, path };
  const half = Math.floor(bytesMax / 2) - 64;
  yield { ...wide, what: 'brackets', body: text(`{"x":${'['.repeat(half)}${']'.repeat(half)}}`) };
  yield { ...wide, what: 'objects in objects', body: text('{"a":'.repeat(bytesMax / 5 - 10)) };
  yield { ...wide, what: 'short keys', body: filled(bytesMax, '{"x":{', (i) => `"k${i}":1`, '}}') };
  yield { ...wide, what: 'unknown members', body: filled(bytesMax, '{', (i) => `"k${i}":1`, '}') };
  yield { ...wide, what: 'empty objects', body: filled(bytesMax, '{"x":[', () => '{}', ']}') };
  yield { ...wide, what: 'numbers', body: filled(bytesMax, '{"x":[', () => '1', ']}') };
  yield { ...wide, what: 'escapes', body: text(`{"x":"${'\\"'.repeat(half)}"}`) };
  yield { ...wide, what: 'blanks', body: text(`{${' '.repeat(bytesMax - 2)}}`) };
  if (free === undefined) return;
  const of = (what: string, value: unknown): WorstRequest => ({
    ...wide,
    what,
    body: text(JSON.stringify({ ...beside, [free]: value })),
  });
  yield of(
    'allowed: 17,000 keys',
    Object.fromEntries(Array.from({ length: 17_000 }, (_, i) => [`key${i}`, i])),
  );
  yield of('allowed: 80,000 numbers', endpoint.includes('complete') ? ones() : { list: ones() });
  yield of(
    'allowed: one text of 255 KiB',
    endpoint.includes('complete') ? 'x'.repeat(255 * 1024) : { x: 'x'.repeat(255 * 1024) },
  );
}

function ones(): number[] {
  return Array(80_000).fill(1);
}

function* plans(): Generator<WorstRequest> {
  const endpoint = 'PUT …/plan';
  const of = (what: string, tasks: unknown[]): WorstRequest => ({
    ...json('PUT', `${SPACE}/plan`, { tasks }),
    endpoint,
    what,
  });
  const ids = Array.from({ length: 240 }, (_, i) => `d${i}`);
  yield of(
    '2.4 million dependencies',
    numbered(10_000, (i) => ({ id: `t${i}`, name: 'n', dependencies: ids })),
  );
  yield of(
    '10,000 wrong tasks',
    numbered(10_000, () => ({ nam: 1, goal: 2, status: 'x', agent: 5 })),
  );
  yield of(
    '200,000 empty tasks',
    numbered(200_000, () => ({})),
  );
  yield of(
    '10,000 unknown dependencies',
    numbered(10_000, (i) => ({ id: `t${i}`, name: 'n', dependencies: ['no'] })),
  );
  yield of(
    'one cycle of 10,000',
    numbered(10_000, (i) => ({ id: `t${i}`, name: 'n', dependencies: [`t${(i + 1) % 10_000}`] })),
  );
  yield of(
    'allowed: 10,000 tasks in a row',
    numbered(10_000, (i) => row(i)),
  );
  yield of(
    'allowed: the same again',
    numbered(10_000, (i) => row(i)),
  );
  yield of(
    'allowed: 10,000 tasks, all changed',
    numbered(10_000, (i) => ({ ...row(i), goal: 'other' })),
  );
  yield of(
    'allowed: 5 dependencies each',
    numbered(10_000, (i) => wide(i)),
  );
  yield of(
    'allowed: 15 MB',
    numbered(10_000, (i) => ({ ...row(i), metadata: { text: `${'ä'.repeat(700)}"` } })),
  );
  yield of(
    'allowed: 15 MB, once more',
    numbered(10_000, (i) => ({ ...row(i), metadata: { text: `${'ö'.repeat(700)}"` } })),
  );
  yield {
    ...json('PATCH', `${SPACE}/plan/tasks/t5000`, { goal: 'g' }),
    endpoint: 'PATCH …/tasks/:taskId',
    what: 'allowed: in a plan of 15 MB',
  };
  yield { ...json('GET', `${SPACE}/plan`, undefined), endpoint: 'GET …/plan', what: 'of 15 MB' };
  yield of('allowed: one task', [{ id: 't1', name: 'n' }]);
}

function row(i: number): object {
  return {
    id: `t${i}`,
    name: `task ${i}`,
    goal: 'g',
    dependencies: i > 0 ? [`t${i - 1}`] : [],
    metadata: { n: i },
  };
}

function wide(i: number): object {
  return { ...row(i), dependencies: numbered(Math.min(i, 5), (k) => `t${i - 1 - k}`) };
}

function* batches(): Generator<WorstRequest> {
  const endpoint = 'POST …/messages';
  const of = (what: string, messages: unknown[]): WorstRequest => ({
    ...json('POST', `${SPACE}/messages`, { messages }),
    endpoint,
    what,
  });
  yield of(
    '500 wrong messages',
    numbered(500, () => ({ rol: 1, content: 2, from: '', metadata: 3 })),
  );
  yield of(
    '200,000 messages',
    numbered(200_000, () => ({})),
  );
  yield of(
    'allowed: 500 small ones',
    numbered(500, (i) => ({ content: `m${i}` })),
  );
  yield of(
    'allowed: 15 MB of ASCII',
    numbered(480, () => ({ content: 'x'.repeat(32 * 1024) })),
  );
  yield of(
    'allowed: 15 MB of other letters',
    numbered(480, () => ({ content: 'ä\n'.repeat(8 * 1024) })),
  );
  yield of(
    'allowed: 15 MB of parts',
    numbered(480, () => ({ parts: [{ type: 'text', text: 'x'.repeat(32 * 1024) }] })),
  );
  yield of('one message with parts of 15 MB', [
    { parts: numbered(480, () => ({ type: 'text', text: 'x'.repeat(32 * 1024) })) },
  ]);
  yield of(
    'allowed: metadata of 600 keys each',
    numbered(400, () => ({ metadata: Object.fromEntries(numbered(600, (k) => [`k${k}`, k])) })),
  );
  yield {
    ...json('GET', `${SPACE}/messages?order=desc&limit=500`, undefined),
    endpoint: 'GET …/messages',
    what: 'a page of 15 MB',
  };
}

function* heads(): Generator<WorstRequest> {
  const get = (endpoint: string, what: string, path: string, headers = {}): WorstRequest => ({
    ...json('GET', path, undefined),
    endpoint,
    what,
    headers,
  });
  const long = 'a'.repeat(HEAD_BYTES);
  const tags = Array.from({ length: 1000 }, (_, i) => `"1-${String(i).padStart(8, '0')}"`).join(',');
  yield get('GET /api/taskspaces', 'a long q', `/api/taskspaces?q=${'a+'.repeat(250)}`);
  yield get('GET /api/taskspaces', 'a longer q', `/api/taskspaces?q=${long}`);
  yield get(
    'GET /api/taskspaces',
    'thousands of parameters',
    `/api/taskspaces?${filled(HEAD_BYTES, '', (i) => `a${i}=`, '', '&')}`,
  );
  yield get(
    'GET /api/taskspaces',
    'thousands of tags',
    `/api/taskspaces?tag=${filled(HEAD_BYTES, '', (i) => `a${i}`, '')}`,
  );
  yield get('GET /api/taskspaces', 'a long cursor', `/api/taskspaces?cursor=${long}`);
  yield get('GET /api/search', 'a long q', `/api/search?q=${'a%20'.repeat(120)}`);
  yield get('GET /api/search', 'a longer q', `/api/search?q=${'%20a'.repeat(3500)}`);
  yield get('GET …/messages', 'a long cursor', `${SPACE}/messages?cursor=${long}`);
  yield get('GET …/artifacts/{path}', 'a long path', `${SPACE}/artifacts/${'a/'.repeat(7000)}a`);
  yield get('GET …/artifacts/{path}', 'a long path of escapes', `${SPACE}/artifacts/${'%61'.repeat(5000)}`);
  yield get('GET …/:id', 'a long If-None-Match', SPACE, { 'If-None-Match': tags });
  yield get('GET …/:id', 'If-None-Match of commas', SPACE, { 'If-None-Match': ','.repeat(14_000) });
  yield get('GET unknown', 'a long path', `/${long}`);
  yield {
    ...json('PATCH', SPACE, { name: 'n' }),
    endpoint: 'PATCH …/:id',
    what: 'a long If-Match',
    headers: { 'Content-Type': 'application/json', 'If-Match': tags },
  };
}

function json(method: string, path: string, value: unknown): WorstRequest {
  const body = value === undefined ? {} : { body: text(JSON.stringify(value)) };
  return {
    endpoint: `${method} ${path}`,
    what: '',
    method,
    path,
    headers: { 'Content-Type': 'application/json' },
    ...body,
  };
}

/** As many items as go into so many bytes. */
function filled(
  bytesMax: number,
  begin: string,
  item: (i: number) => string,
  end: string,
  between = ',',
): Buffer {
  const items: string[] = [];
  let bytes = begin.length + end.length;
  for (let i = 0; ; i++) {
    const next = item(i);
    bytes += next.length + 1;
    if (bytes > bytesMax) break;
    items.push(next);
  }
  return text(begin + items.join(between) + end);
}

function numbered<T>(count: number, item: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => item(i));
}

function text(value: string): Buffer {
  return Buffer.from(value);
}
