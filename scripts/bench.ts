/**
 * Benchmarks: ours beside its floors, in the same run. Ratios count; absolute times are context.
 *
 * Usage:  npm run bench [-- http|write|cache|warming|scale|waiting|messages …] [--seconds 3] [--rounds 3] [--connections 64] [--json <file>]
 * Output: a table for each heading; with --json the figures as JSON.
 * Exit:   0 done · 1 a request failed · 2 wrong usage
 */
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { benchCache } from './bench/cache.js';
import { benchHttp } from './bench/http.js';
import type { Line } from './bench/lines.js';
import type { Figures, Rounds } from './bench/measure.js';
import { benchMessages } from './bench/messages.js';
import { canPin } from './bench/processes.js';
import { benchScale } from './bench/scale.js';
import { benchWaiting } from './bench/waiting.js';
import { benchWarming } from './bench/warming.js';
import { benchWrite } from './bench/write.js';

const HEADINGS: Record<string, (rounds: Rounds) => Promise<(Figures | Line)[]>> = {
  http: benchHttp,
  write: benchWrite,
  cache: benchCache,
  warming: benchWarming,
  scale: benchScale,
  waiting: benchWaiting,
  messages: benchMessages,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '64' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const headings = positionals.length > 0 ? positionals : Object.keys(HEADINGS);
const unknown = headings.find((heading) => !HEADINGS[heading]);
if (values.help || unknown !== undefined) {
  console.log(
    `Usage: npm run bench [-- ${Object.keys(HEADINGS).join('|')} …] [--seconds 3] [--rounds 3] [--connections 64] [--json <file>]`,
  );
  process.exit(unknown === undefined ? 0 : 2);
}
if (!canPin()) console.log('Processes cannot be pinned to cores here: ratios vary more than they should.');
const rounds = {
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  connections: Number(values.connections),
};
const figures: Record<string, (Figures | Line)[]> = {};
for (const heading of headings) figures[heading] = (await HEADINGS[heading]?.(rounds)) ?? [];
if (values.json) fs.writeFileSync(values.json, JSON.stringify(figures, null, 2));
if (Object.values(figures).some((list) => list.some(({ failed }) => failed > 0))) process.exitCode = 1;
