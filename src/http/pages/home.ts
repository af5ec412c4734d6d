/** The home page: what this server is, its state, and the first calls to try. */

import type { Readiness } from '../../app/admin/readiness.js';
import type { Config } from '../../config/config.js';
import { escapeHtml, layout } from './layout.js';

export interface HomeFacts {
  readonly config: Config;
  readonly worker: number;
  readonly startedAt: Date;
  readonly count: number;
  readonly readiness: Readiness;
  /** The address by which the reader's browser calls this server. */
  readonly host: string;
  readonly now: Date;
}

export function homePage(facts: HomeFacts): string {
  const { config, readiness } = facts;
  const troubles = [...(readiness.reason === null ? [] : [readiness.reason]), ...readiness.reasons];
  const reasons = troubles.map((trouble) => `<p class="bad">${escapeHtml(trouble)}</p>`).join('\n');
  return layout(
    'Taskspace',
    `<h1>This server is ${stateOf(readiness)}</h1>
<p class="soft">Working directories of tasks that people and AI agents share, as plain files.</p>
${reasons}
<dl class="facts">
${fact('Version', config.version)}
${fact('Taskspaces', facts.count.toLocaleString('en'))}
${fact('Up', duration(facts.now.getTime() - facts.startedAt.getTime()))}
${fact('Worker', `${facts.worker} of ${config.workers}`)}
${fact('Access', config.access.auth ? 'by token' : 'open')}
${fact('Cache', cacheOf(config))}
</dl>
<h2>First calls</h2>
<pre>${escapeHtml(firstCalls(`http://${facts.host}${config.basePath}`))}</pre>
<p class="soft">All calls: <a href="${config.basePath}/docs">/docs</a>. For machines: <a href="${config.basePath}/openapi.json">/openapi.json</a>.</p>`,
    config.basePath,
  );
}

function stateOf({ ready, reasons }: Readiness): string {
  if (!ready) return '<span class="bad">not ready</span>';
  return `<span class="good">ready</span>${reasons.length > 0 ? ', but <span class="bad">degraded</span>' : ''}`;
}

function fact(name: string, value: string): string {
  return `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`;
}

function cacheOf({ cache }: Config): string {
  const tiers = [...(cache.memory ? ['memory'] : []), ...(cache.redis ? ['redis'] : [])];
  return tiers.length === 0 ? 'none' : tiers.join(' + ');
}

/** Milliseconds as the two largest units: `3 d 4 h`. */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const units: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = units.findIndex(([n]) => n > 0);
  if (first < 0) return '0 s';
  return units
    .slice(first, first + 2)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(' ');
}

function firstCalls(url: string): string {
  return `# a taskspace
curl --json '{"id":"demo","name":"My first taskspace"}' ${url}/api/taskspaces

# a message, and the log
curl --json '{"role":"user","content":"Hello"}' ${url}/api/taskspaces/demo/messages
curl ${url}/api/taskspaces/demo/messages

# a plan
curl -X PUT --json '{"goal":"Ship it","tasks":[{"id":"t1","name":"Write the notes"}]}' ${url}/api/taskspaces/demo/plan

# a file, every version kept
echo '# Notes' | curl -T - ${url}/api/taskspaces/demo/artifacts/notes.md
curl ${url}/api/taskspaces/demo/artifacts/notes.md`;
}
