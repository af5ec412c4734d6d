/**
 * A load generator in its own process: keep-alive connections on raw sockets, one request in flight on each.
 *
 * Usage:  node load.mjs
 * Input:  JSON {port, connections, seconds, requests: [base64 of whole HTTP requests]}
 * Output: one line of JSON: {count, failed, seconds, p50Us, p99Us}. `failed` counts answers that are not 2xx
 * or 3xx. The clients take the requests in turn. It knows just enough of HTTP/1.1 to count answers with a
 * Content-Length.
 */
import fs from 'node:fs';
import net from 'node:net';

const { port, connections, seconds, requests } = JSON.parse(fs.readFileSync(0, 'utf8'));
const bodies = requests.map((text) => Buffer.from(text, 'base64'));
const END = Buffer.from('\r\n\r\n');
const latencies = new Float64Array(4_000_000);
let count = 0;
let failed = 0;
let next = 0;
const started = process.hrtime.bigint();
const deadline = performance.now() + seconds * 1000;

let open = connections;
for (let i = 0; i < connections; i++) client();

function client() {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  let pending = Buffer.alloc(0);
  let sentAt = 0;
  const send = () => {
    sentAt = performance.now();
    if (sentAt >= deadline) return socket.end();
    socket.write(bodies[next]);
    next = (next + 1) % bodies.length;
  };
  socket.on('connect', send);
  socket.on('error', () => failed++);
  socket.on('close', () => {
    if (--open === 0) report();
  });
  socket.on('data', (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const length = answerLength(pending);
    if (length === 0 || pending.length < length) return;
    const status = pending[9];
    if (status !== 0x32 && status !== 0x33) failed++;
    pending = pending.subarray(length);
    latencies[count++ % latencies.length] = performance.now() - sentAt;
    send();
  });
}

/** Bytes of the first answer in the buffer, its head included; 0 while its head is not whole. */
function answerLength(buffer) {
  const head = buffer.indexOf(END);
  if (head < 0) return 0;
  const text = buffer.latin1Slice(0, head);
  const at = text.search(/content-length: /i);
  return head + 4 + (at < 0 ? 0 : Number.parseInt(text.slice(at + 16), 10));
}

function report() {
  const elapsed = Number(process.hrtime.bigint() - started) / 1e9;
  const sorted = latencies.subarray(0, Math.min(count, latencies.length)).sort();
  const at = (share) => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 1000);
  console.log(JSON.stringify({ count, failed, seconds: elapsed, p50Us: at(0.5), p99Us: at(0.99) }));
}
