/**
 * Fills a running server with seeded, plausible taskspaces: plans in every state, conversations of people and
 * agents, artifacts in several revisions. The same seed gives the same content, to the byte. Ten are written
 * by hand; as many more as wanted are generated, in few requests each, or without any into the data folder of
 * a server that is stopped.
 *
 * Usage:   npm run demo [-- --taskspaces 1000 --seed 1 --url … | --into <data folder>]   (--help says all)
 * Output:  a bar on a terminal, lines otherwise, then what to look at; wrong usage goes to stderr.
 * Exit:    0 all are there; 1 something failed; 2 wrong usage.
 */
import { ApiError, type Client, createClient } from '../src/client/index.js';
import { StartError } from '../src/config/start-error.js';
import { type DemoOptions, HELP, readDemoArguments } from './demo/arguments.js';
import { crowdMember } from './demo/crowd/member.js';
import { writeCrowd } from './demo/crowd/write.js';
import { writeInto } from './demo/into.js';
import { createRandom } from './demo/random.js';
import type { Scenario } from './demo/scenario.js';
import { SCENARIOS } from './demo/scenarios/all.js';
import { type ClientOf, Taken, writeScenario } from './demo/write.js';
import { UsageError } from './import/arguments.js';
import { createReport, type Report } from './import/report.js';

const GENERATED = 'generated';
/** Where there is no bar, a line each so many parts of the work. */
const NOTES = 10;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readDemoArguments(args);
    if (options === null) {
      process.stdout.write(HELP);
      return 0;
    }
    return await (options.into === undefined ? fill(options) : fillFolder(options, options.into));
  } catch (error) {
    if (error instanceof StartError) {
      process.stderr.write(`${error.message}\n`);
      return 1;
    }
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message} \`npm run demo -- --help\` explains.\n`);
    return 2;
  }
}

async function fill(options: DemoOptions): Promise<number> {
  const { url, token, taskspaces } = options;
  const scenarios = writtenByHand(options);
  const weights: [string, number][] = scenarios.map(({ slug }) => [slug, 1]);
  if (taskspaces > scenarios.length) weights.push([GENERATED, taskspaces - scenarios.length]);
  const report = createReport(process.stdout, new Map(weights), false);
  const clientOf = clientsOf(url, token);
  try {
    for (const scenario of scenarios) await writeOne(clientOf, scenario, options.crowd.seed, report);
    if (taskspaces > scenarios.length) await writeGenerated(clientOf('demo'), options, report);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    report.end();
    const next =
      error.code === 'unreachable'
        ? 'Start a server with `npm run prod`, or name one with --url; then run'
        : 'Run';
    process.stderr.write(`${error.detail} ${next} this again: it goes on where it stopped.\n`);
    return 1;
  }
  const done = report.end();
  if (done) process.stdout.write(whatToLookAt(url, scenarios[0]));
  return done ? 0 : 1;
}

async function fillFolder(options: DemoOptions, folder: string): Promise<number> {
  const { taskspaces, crowd } = options;
  const report = createReport(process.stdout, new Map([[GENERATED, taskspaces]]), false);
  const { made, unchanged } = await writeInto(
    folder,
    crowd.seed,
    both(writtenByHand(options), generated(options)),
    progressOf(report, taskspaces),
  );
  report.tally('made', made);
  report.tally('unchanged', unchanged);
  report.end();
  process.stdout.write(`Start a server on it: DATA_DIR=${folder} npm run prod\n`);
  return 0;
}

/** Only what the server refuses for this one is its failure; anything else ends the run. */
async function writeOne(clientOf: ClientOf, scenario: Scenario, seed: number, report: Report): Promise<void> {
  const { slug: id, messages, tasks, artifacts, name } = scenario;
  try {
    const written = await writeScenario(clientOf, id, scenario, seed, (fraction) =>
      report.working(id, fraction),
    );
    const counts = `${tasks.length} tasks, ${messages.length} messages, ${artifacts.length} artifacts`;
    report.line(written, id, `${name}: ${counts}`);
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof Taken)) throw error;
    if (error instanceof ApiError && error.code === 'unreachable') throw error;
    report.line('failed', id, error.message);
  }
}

async function writeGenerated(client: Client, options: DemoOptions, report: Report): Promise<void> {
  const { taskspaces, crowd } = options;
  const count = taskspaces - SCENARIOS.length;
  const { written, taken } = await writeCrowd(
    client,
    crowd.seed,
    generated(options),
    progressOf(report, count),
  );
  for (const [outcome, number] of Object.entries(written))
    report.tally(outcome as keyof typeof written, number);
  for (const id of taken) report.line('failed', id, new Taken(id).message);
}

/** The first ones. */
function writtenByHand({ taskspaces, crowd: { seed } }: DemoOptions): Scenario[] {
  return SCENARIOS.slice(0, taskspaces).map((make, i) => {
    const scenario = make(createRandom(`${seed}/${i}`));
    return seed === 1 ? scenario : { ...scenario, slug: `${scenario.slug}-s${seed}` };
  });
}

/** The others, made when it is their turn. */
function* generated({ taskspaces, crowd }: DemoOptions): Generator<Scenario> {
  for (let index = SCENARIOS.length; index < taskspaces; index++) yield crowdMember(index, crowd);
}

function* both(first: Iterable<Scenario>, then: Iterable<Scenario>): Generator<Scenario> {
  yield* first;
  yield* then;
}

function progressOf(report: Report, count: number): (done: number) => void {
  let change = 0;
  const startedAt = performance.now();
  return (done) => {
    report.working(GENERATED, done / count);
    if (process.stdout.isTTY || done < ((change + 1) * count) / NOTES) return;
    change = Math.floor((done * NOTES) / count);
    const perSecond = done / ((performance.now() - startedAt) / 1000);
    report.note(`${done} of ${count} ${GENERATED}, ${perSecond.toFixed(0)} a second`);
  };
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
