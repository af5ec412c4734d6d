#!/usr/bin/env node
/**
 * A person's terminal: what happens in a taskspace, as it happens, in lines that one can read. Messages come with their
 * text; the rest is who did what to which task, artifact or lease.
 *
 * Usage:   npm run prod                                   (in another terminal)
 *          node examples/follow.mjs <taskspace> [--all]   (--all begins with the first commit, not with now)
 *          TASKSPACE_URL for another server, TASKSPACE_TOKEN if it wants one
 * Output:  a line for each change; trouble on stderr, where it is waited out.
 * Exit:    0 after Ctrl-C, or when the taskspace is deleted; 1 when there is none, or the server refuses; 2 wrong usage.
 */
import { createClient } from 'taskspace';

const [id, option] = process.argv.slice(2);
if (id === undefined || (option !== undefined && option !== '--all')) {
  process.stderr.write('Usage: node examples/follow.mjs <taskspace> [--all]\n');
  process.exit(2);
}
const client = createClient({
  url: process.env.TASKSPACE_URL ?? 'http://127.0.0.1:7770',
  token: process.env.TASKSPACE_TOKEN,
});

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
// A reader that has enough (head, less) closes the pipe.
process.stdout.on('error', () => stop.abort());

let there = false;
try {
  const { value } = await client.taskspaces.get(id, { signal: stop.signal });
  there = true;
  console.log(`Following "${value.name}" (${id}); Ctrl-C ends.`);
  const options = { signal: stop.signal, onTrouble, ...(option === '--all' ? { since: 0 } : {}) };
  for await (const event of client.events.of(id, options)) {
    if (event.type === 'reset') console.log(`… what came before ${event.position} is no longer kept`);
    else await show(event.change);
  }
  if (!stop.signal.aborted) console.log('The taskspace is deleted.');
} catch (error) {
  // Deleted while a message of it was being read.
  if (there && error.status === 404) console.log('The taskspace is deleted.');
  else if (!stop.signal.aborted) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

/** One line a change, and one for each message that it brought. */
async function show({ at, by, types, refs }) {
  if (types[0] === 'message.posted') return showMessages(at, refs[0] ?? '');
  const what = { 'taskspace.created': 'made it', 'plan.replaced': 'wrote the plan' }[types[0]];
  line(at, by, what ?? `${types.join(', ').replace('.', ' ')} ${refs.join(', ')}`);
}

/** @param ref "7", or "7-9" for a batch. */
async function showMessages(at, ref) {
  const [first, last = first] = ref.split('-').map(Number);
  for (let after = first - 1; after < last; ) {
    const { value } = await client.messages.wait(id, {
      after,
      limit: Math.min(last - after, 500),
      signal: stop.signal,
    });
    for (const { from, to, content, parts } of value.items)
      line(
        at,
        to === null ? from : `${from} → ${to}`,
        content || parts.map(({ type }) => `[${type}]`).join(' '),
      );
    after = value.items.at(-1)?.seq ?? last;
  }
}

/** Control characters in a text are for the terminal of whoever wrote it, not for this one. */
function line(at, who, what) {
  const time = new Date(at).toTimeString().slice(0, 8);
  console.log(`${time}  ${who.padEnd(12)}  ${what.replace(/\p{Cc}+/gu, ' ')}`);
}

function onTrouble({ code, detail }) {
  process.stderr.write(`(${code}: ${detail} Trying again.)\n`);
}
