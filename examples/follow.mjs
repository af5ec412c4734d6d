#!/usr/bin/env node
/**
 * A person's terminal: what is going on, and what happens from then on, in lines that one can read. Messages
 * come with their text, steps of a task with its name and how far the plan is.
 *
 * Usage:   npm run prod                                     (in another terminal)
 *          node examples/follow.mjs [taskspace] [--all]     (without a taskspace: the whole server;
 *          --all: one taskspace from its first commit on)
 *          TASKSPACE_URL for another server, TASKSPACE_TOKEN if it wants one, NO_COLOR for plain text
 * Output:  how far the plans are, the last changes, then a line for each change; trouble on stderr, where it
 *          is waited out.
 * Exit:    0 after Ctrl-C, or when the taskspace is deleted; 1 when there is none, or the server refuses; 2
 *          wrong usage.
 */
import { createClient } from 'taskspace';

const USAGE = 'Usage: node examples/follow.mjs [taskspace] [--all]\n';
const TEXT_LENGTH_MAX = 500;
const BAR_LENGTH = 16;
const SHOWN_AT_START = 10;

const args = process.argv.slice(2);
const isAll = args.includes('--all');
const [id, more] = args.filter((arg) => arg !== '--all');
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (more !== undefined || id === '' || id?.startsWith('-') || (isAll && id === undefined)) {
  process.stderr.write(USAGE);
  process.exit(2);
}

const url = process.env.TASKSPACE_URL ?? 'http://127.0.0.1:7770';
const client = clientOf(url, process.env.TASKSPACE_TOKEN);
const hasColor = process.stdout.isTTY && !process.env.NO_COLOR;
const dim = (text) => (hasColor ? `\u001b[2m${text}\u001b[0m` : text);
const bold = (text) => (hasColor ? `\u001b[1m${text}\u001b[0m` : text);

const stop = new AbortController();
const { signal } = stop;
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.abort());
// A reader that has enough (head, less) closes the pipe.
process.stdout.on('error', () => stop.abort());

/** What was shown of the past: the position that it goes with may be a little older than the newest of it. */
const shown = new Set();
let there = false;
try {
  const since = id === undefined ? await showServer() : await showTaskspace();
  there = true;
  const options = { signal, onTrouble, since };
  for await (const event of id === undefined
    ? client.events.follow(options)
    : client.events.of(id, options)) {
    if (event.type === 'reset') console.log(dim(`… what came before ${event.position} is no longer kept`));
    else if (!shown.delete(nameOf(event.change))) await show(event.change, true);
  }
  if (!signal.aborted) console.log('The taskspace is deleted.');
} catch (error) {
  // Deleted while something of it was being read.
  if (there && id !== undefined && error.status === 404) console.log('The taskspace is deleted.');
  else if (!signal.aborted) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

/** An address that is none is a line, not a stack. */
function clientOf(url, token) {
  try {
    return createClient({ url, token });
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/**
 * How far the newest taskspaces are, who works on what, and the last changes. @returns the position they are
 * of.
 */
async function showServer() {
  const { value } = await client.dashboard({}, { signal });
  const { total } = value.taskspaces;
  console.log(`Following ${total} ${total === 1 ? 'taskspace' : 'taskspaces'} at ${url}; Ctrl-C ends.`);
  for (const taskspace of value.newest.slice(0, SHOWN_AT_START)) {
    const summary = await orNull(client.taskspaces.summary(taskspace.id, { signal }));
    if (summary) showState(taskspace, summary, value.claims);
  }
  await showLast(value.activity);
  return value.position;
}

async function showTaskspace() {
  const { value } = await client.taskspaces.get(id, { signal });
  console.log(`Following "${plain(value.name)}" (${id}); Ctrl-C ends.`);
  if (isAll) return 0;
  const { summary, activity, claims } = (await client.taskspaces.dashboard(id, { signal })).value;
  showState(value, summary, claims);
  await showLast(activity);
  return summary.commit;
}

function showState({ id: taskspace, name, status }, { tasks }, claims) {
  const isNamed = plain(name) !== taskspace;
  const state = tasks.total === 0 ? `${status}, no tasks` : progressOf(tasks);
  console.log(`\n  ${bold(taskspace)}${isNamed ? `  ${plain(name)}` : ''}\n  ${state}`);
  if (tasks.halted) console.log('  halted by a task that failed');
  for (const { task, agent } of claims.filter((claim) => claim.taskspace === taskspace))
    console.log(`  ${plain(agent)} works on ${task}`);
}

async function showLast(activity) {
  if (activity.length > 0) console.log(dim('\nbefore'));
  for (const change of [...activity].sort((a, b) => (a.at < b.at ? -1 : 1))) {
    shown.add(nameOf(change));
    await show(change, false);
  }
  console.log(dim('\nnow'));
}

function nameOf({ taskspace, commit }) {
  return `${taskspace} ${commit}`;
}

/**
 * One line a change, and one for each message that it brought. Who merely goes on working renews a claim: no
 * news.
 */
async function show(change, isLive) {
  const { taskspace, types, refs } = change;
  const [type = ''] = types;
  if (type === 'message.posted') return showMessages(change);
  if (types.every((each) => each === 'task.renewed' || each === 'lease.renewed')) return;
  const what = { 'taskspace.created': 'made it', 'plan.replaced': 'wrote the plan' }[type];
  const text = what ?? `${types.join(', ').replace('.', ' ')} ${refs.join(', ')}`.trim();
  const isTask = type.startsWith('task.');
  const task =
    isTask && refs.length === 1 ? await orNull(client.tasks.get(taskspace, refs[0], { signal })) : null;
  const summary =
    isLive && (isTask || type === 'plan.replaced')
      ? await orNull(client.taskspaces.summary(taskspace, { signal }))
      : null;
  const name = task && task.name !== refs[0] ? ` "${task.name}"` : '';
  const status = task && type === 'task.changed' ? ` (${task.status})` : '';
  line(change, change.by, `${text}${name}${status}`, summary?.tasks.total ? progressOf(summary.tasks) : '');
}

/** `refs[0]` is "7", or "7-9" for a batch. */
async function showMessages(change) {
  const [first, last = first] = (change.refs[0] ?? '').split('-').map(Number);
  for (let after = first - 1; after < last; ) {
    const limit = Math.min(last - after, 500);
    const page = await orNull(client.messages.wait(change.taskspace, { after, limit, signal }));
    for (const { from, to, content, parts } of page?.items ?? []) {
      const text = content || parts.map(({ type, name }) => `[${type}${name ? ` ${name}` : ''}]`).join(' ');
      line(change, to === null ? from : `${from} → ${to}`, text);
    }
    after = page?.items.at(-1)?.seq ?? last;
  }
}

/** Null for what is no longer there. */
async function orNull(answer) {
  try {
    return (await answer).value;
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

function progressOf({ percent, completed, total, cancelled, inProgress }) {
  const full = Math.floor((percent * BAR_LENGTH) / 100);
  const working = inProgress > 0 ? `, ${inProgress} in progress` : '';
  const bar = '█'.repeat(full) + '░'.repeat(BAR_LENGTH - full);
  return `${bar} ${percent} %  ${completed} of ${total - cancelled} done${working}`;
}

function line({ at, taskspace }, who, what, after = '') {
  const time = new Date(at).toTimeString().slice(0, 8);
  const place = id === undefined ? `${bold(taskspace.padEnd(14))}  ` : '';
  const text = plain(what);
  const cut = text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text;
  console.log(`${dim(time)}  ${place}${plain(who).padEnd(12)}  ${cut}${after && `  ${dim(after)}`}`);
}

/** Control characters in a text are for the terminal of whoever wrote it, not for this one. */
function plain(text) {
  return text.replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]+/gu, ' ');
}

function onTrouble({ code, detail }) {
  process.stderr.write(`(${code}: ${detail} Trying again.)\n`);
}
