/**
 * Fills a running server with seeded, plausible taskspaces: plans in every state, conversations of people and agents,
 * artifacts in several revisions. The same seed gives the same content, to the byte.
 *
 * Usage:   npm run demo [-- --url … --seed 1 --taskspaces 10]   (--help says all)
 * Output:  a bar on a terminal, one line a taskspace otherwise, then what to look at; wrong usage goes to stderr.
 * Exit:    0 all are there; 1 something failed; 2 wrong usage.
 */
import { ApiError, type Client, createClient } from '../src/client/index.js';
import { type DemoOptions, HELP, readDemoArguments } from './demo/arguments.js';
import { createRandom } from './demo/random.js';
import type { Scenario } from './demo/scenario.js';
import { SCENARIOS } from './demo/scenarios/all.js';
import { type ClientOf, Taken, writeScenario } from './demo/write.js';
import { UsageError } from './import/arguments.js';
import { createReport } from './import/report.js';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readDemoArguments(args);
    if (options === null) {
      process.stdout.write(HELP);
      return 0;
    }
    return await fill(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message} \`npm run demo -- --help\` explains.\n`);
    return 2;
  }
}

async function fill({ url, token, seed, taskspaces }: DemoOptions): Promise<number> {
  const scenarios = Array.from({ length: taskspaces }, (_, i) => scenarioAt(i, seed));
  const clientOf = clientsOf(url, token);
  const report = createReport(process.stdout, new Map(scenarios.map(({ slug }) => [slug, 1])), false);
  for (const scenario of scenarios) {
    const { slug: id, messages, tasks, artifacts, name } = scenario;
    try {
      const written = await writeScenario(clientOf, id, scenario, seed, (fraction) =>
        report.working(id, fraction),
      );
      const counts = `${tasks.length} tasks, ${messages.length} messages, ${artifacts.length} artifacts`;
      report.line(written, id, `${name}: ${counts}`);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'unreachable') {
        report.end();
        process.stderr.write(
          `${error.detail} Start a server with \`npm run prod\`, or name one with --url; then run this again.\n`,
        );
        return 1;
      }
      if (!(error instanceof ApiError || error instanceof Taken)) throw error;
      report.line('failed', id, error.message);
    }
  }
  const done = report.end();
  process.stdout.write(whatToLookAt(url, scenarios[0]));
  return done ? 0 : 1;
}

/** The i-th taskspace: past the last scenario they begin anew, with other figures. */
function scenarioAt(i: number, seed: number): Scenario {
  const make = SCENARIOS[i % SCENARIOS.length] ?? SCENARIOS[0];
  const round = Math.floor(i / SCENARIOS.length) + 1;
  const scenario = make(createRandom(`${seed}/${i}`));
  const slug = `${scenario.slug}${round > 1 ? `-${round}` : ''}${seed === 1 ? '' : `-s${seed}`}`;
  return { ...scenario, slug, name: round > 1 ? `${scenario.name} (${round})` : scenario.name };
}

/** One client for each of those who act, made when first asked for. */
function clientsOf(url: string, token: string | undefined): ClientOf {
  const clients = new Map<string, Client>();
  return (actor) => {
    const client = clients.get(actor) ?? createClient({ url, actor, token });
    clients.set(actor, client);
    return client;
  };
}

function whatToLookAt(url: string, first: Scenario | undefined): string {
  if (first === undefined) return '';
  const taskspace = `${url}/api/taskspaces/${first.slug}`;
  return [
    'Look at:',
    `  curl -s '${taskspace}/plan'`,
    `  curl -s '${taskspace}/messages?conversation=profiling'`,
    `  curl -s '${taskspace}/artifacts/findings.md'`,
    '',
  ].join('\n');
}
