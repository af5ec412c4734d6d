#!/usr/bin/env node
/**
 * Two agents that share a plan: each claims what is ready, works, reports in the log, leaves what it made as
 * an artifact. Who does what is decided by who is free; what waits for what, by the plan.
 *
 * Usage:   npm run prod                                  (in another terminal)
 *          node examples/two-agents.mjs [taskspace]      (TASKSPACE_URL for another server,
 *          TASKSPACE_TOKEN if it wants one)
 * Output:  a line for each step, and the plan at the end.
 * Exit:    0 all tasks are done; 1 some are not, or the server is not there; 2 wrong usage.
 *
 * Ctrl-C gives back the tasks in hand; run it again with the id it printed as argument to go on.
 */
import { createClient } from 'taskspace';

const USAGE = 'Usage: node examples/two-agents.mjs [taskspace]\n';

const args = process.argv.slice(2);
const unknown = args.find((arg, i) => i > 0 || arg === '' || arg.startsWith('-'));
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (unknown !== undefined) {
  process.stderr.write(`There is no ${unknown || '""'} here. ${USAGE}`);
  process.exit(2);
}

const url = process.env.TASKSPACE_URL ?? 'http://127.0.0.1:7770';
const token = process.env.TASKSPACE_TOKEN;
const clientOf = (actor) => createClient({ url, actor, token });

const TASKS = [
  { id: 'collect', name: 'Collect the reports', metadata: { seconds: 0.6 } },
  { id: 'read-a', name: 'Read the first half', dependencies: ['collect'], metadata: { seconds: 0.8 } },
  { id: 'read-b', name: 'Read the second half', dependencies: ['collect'], metadata: { seconds: 1.1 } },
  {
    id: 'compare',
    name: 'Compare the findings',
    dependencies: ['read-a', 'read-b'],
    metadata: { seconds: 0.5 },
  },
  { id: 'write', name: 'Write the summary', dependencies: ['compare'], metadata: { seconds: 0.7 } },
];

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

try {
  const id = args[0] ?? (await makePlan());
  // Agents wait for a server that is away; whoever has never seen one wants to know it.
  await clientOf('planner').taskspaces.get(id);
  await Promise.all([agent('ada', id), agent('bert', id)]);
  process.exitCode = (await report(id)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function makePlan() {
  const client = clientOf('planner');
  const { value } = await client.taskspaces.create({ name: 'A shared report', tags: ['example'] });
  await client.plan.put(value.id, { goal: 'Summarise the reports', tasks: TASKS });
  say('planner', `made ${value.id} with ${TASKS.length} tasks`);
  return value.id;
}

async function agent(name, id) {
  const client = clientOf(name);
  const options = { agent: name, leaseSeconds: 10, untilDone: true, signal: stop.signal };
  const count = await client.plan.claimLoop(id, options, async (task, work) => {
    say(name, `begins "${task.name}" (attempt ${task.attempts})`);
    await worked(task.metadata.seconds ?? 0.5, work.signal);
    const path = `results/${task.id}.md`;
    await client.artifacts.put(id, path, `# ${task.name}\n\nDone by ${name}.\n`);
    await client.messages.post(id, { role: 'assistant', content: `"${task.name}" is done: ${path}` });
    say(name, `has done "${task.name}"`);
    return { path };
  });
  say(name, `goes home: ${count.completed} done, ${count.released} given back`);
}

async function report(id) {
  const { value: plan } = await clientOf('planner').plan.get(id);
  for (const { id: task, status, claim, result } of plan.tasks)
    console.log(`  ${task.padEnd(10)} ${status.padEnd(12)} ${result?.path ?? claim?.agent ?? ''}`);
  console.log(`${plan.progress.percent} % of ${id}`);
  return plan.progress.completed === plan.progress.total;
}

/** Stands for real work: it stops when the claim is lost or somebody wants to go home. */
function worked(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function say(who, what) {
  console.log(`${new Date().toISOString().slice(11, 23)} ${who.padEnd(8)} ${what}`);
}
