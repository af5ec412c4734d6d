/**
 * The server without one of the steps that give each task to one agent at a time. Loaded into its workers
 * before anything else (`NODE_OPTIONS=--import=…`, CLAIMS_MUTANT=<name>), it takes that one step out of the
 * built program.
 *
 * A step that is not there any more under its name is an error: a mutant that changes nothing would show
 * nothing.
 */
const MUTANTS = {
  'decided-once': decidedOnce,
  'any-token': anyToken,
  backwards,
};

if (process.argv[2] === 'worker') await MUTANTS[process.env.CLAIMS_MUTANT]();

/** Who was beaten to it appends what it had decided before, whatever the state is by then. */
async function decidedOnce() {
  const { JournalWriter } = await import('../../../dist/store/files/journal/writer.js');
  replace(
    JournalWriter,
    'commit',
    (commit) =>
      function (write) {
        let first = null;
        const decide = (state, context) => {
          if (first !== null) return first;
          const events = write.decide(state, context);
          if (events[0]?.type === 'task.claimed') first = events;
          return events;
        };
        return commit.call(this, { ...write, decide });
      },
  );
}

/** Every token is as good as any other. */
async function anyToken() {
  const { LeaseTokens } = await import('../../../dist/app/plan/lease-tokens.js');
  replace(LeaseTokens, 'hashOf', () => () => 'the-same');
}

/** The last ready task first. */
async function backwards() {
  const { Readiness } = await import('../../../dist/domain/readiness.js');
  replace(
    Readiness,
    'candidates',
    (candidates) =>
      function () {
        return [...candidates.call(this)].reverse();
      },
  );
}

function replace({ name, prototype }, method, mutated) {
  const original = prototype[method];
  if (typeof original !== 'function')
    throw new Error(`${name} has no ${method}: this mutant must be written anew`);
  prototype[method] = mutated(original);
}
