/**
 * What is left of the promises without the step that keeps each of them. Loaded into a server's workers
 * before anything else (`NODE_OPTIONS=--import=…`, CONSISTENCY_MUTANT=<name>), it takes that one step out of
 * the built program.
 *
 * So the suite shows that it can turn red, and src/ needs no switch for it. A step that is not there any more
 * under its name is an error: a mutant that changes nothing would show nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Longer than the time between two writes of the tests. */
const SLOW_MS = 25;
const LATE_MS = 30;

const MUTANTS = {
  unchecked,
  'late-feed-line': lateFeedLine,
  'late-fill': lateFill,
  'shared-load': sharedLoad,
  deaf,
  'check-of-before': checkOfBefore,
  'answer-before-publication': answerBeforePublication,
  'answer-of-another': answerOfAnother,
};

if (process.argv[2] === 'worker') await MUTANTS[process.env.CONSISTENCY_MUTANT]();

/** No `stat` and no poll of the feed: every worker believes what it has. */
async function unchecked() {
  const { L1 } = await import('../../dist/cache/l1.js');
  replace(L1, 'isCurrent', () => (cached) => cached.folder.exists);
  await withoutPolls();
}

/** Published after the answer. */
async function lateFeedLine() {
  const { JournalWriter } = await import('../../dist/store/files/journal/writer.js');
  replace(
    JournalWriter,
    'commit',
    (commit) =>
      function (write) {
        const confirmed = () => {
          setTimeout(() => write.confirmed?.(), LATE_MS);
          return true;
        };
        return commit.call(this, { ...write, confirmed });
      },
  );
}

/** What was loaded is kept for what is the present state by then: a fill overwrites an invalidation. */
async function lateFill() {
  const { DerivedCache } = await import('../../dist/cache/derived.js');
  replace(
    DerivedCache,
    'load',
    () =>
      async function (request) {
        const { body, etag } = await request.load();
        await delay(SLOW_MS);
        this.deps.l1?.put(this.nameOf(request), { body, etag, ttlMs: this.deps.ttlMs(request.kind) });
        return { body, etag, tier: 'store' };
      },
  );
}

/** Who comes while a load is under way joins it, whatever was acknowledged since it began. */
async function sharedLoad() {
  const { DerivedCache } = await import('../../dist/cache/derived.js');
  const flights = new Map();
  replace(
    DerivedCache,
    'get',
    (get) =>
      function (request) {
        const flight = flights.get(request.key);
        if (flight) return flight;
        const load = async () => {
          const loaded = await request.load();
          await delay(SLOW_MS);
          return loaded;
        };
        const result = get.call(this, { ...request, load }).finally(() => flights.delete(request.key));
        flights.set(request.key, result);
        return result;
      },
  );
}

/** Bounded mode with no poll of the feed, no message heard, and no entry that grows too old. */
async function deaf() {
  const { L1 } = await import('../../dist/cache/l1.js');
  replace(L1, 'isCurrent', () => (cached) => cached.folder.exists);
  await withoutPolls();
}

/** Polled only while publishing, which must read on to its own line. */
async function withoutPolls() {
  const { Feed } = await import('../../dist/store/files/feed/feed.js');
  let publishing = false;
  replace(
    Feed,
    'poll',
    (poll) =>
      function () {
        return publishing || this.position.at === 0 ? poll.call(this) : this.position;
      },
  );
  replace(
    Feed,
    'publishAll',
    (publishAll) =>
      function (what) {
        publishing = true;
        try {
          publishAll.call(this, what);
        } finally {
          publishing = false;
        }
      },
  );
}

/** A check answers reads that came after it had begun: those of the next turns. */
async function checkOfBefore() {
  const { L1 } = await import('../../dist/cache/l1.js');
  const checkedAt = new WeakMap();
  replace(
    L1,
    'isPresent',
    (isPresent) =>
      function (cached) {
        if (performance.now() - (checkedAt.get(cached) ?? -SLOW_MS) < SLOW_MS) return true;
        checkedAt.set(cached, performance.now());
        return isPresent.call(this, cached);
      },
  );
}

/** The answer to a write leaves before the end of the turn, in which it is published. */
async function answerBeforePublication() {
  const { PublicationBatch } = await import('../../dist/store/files/feed/publication-batch.js');
  replace(
    PublicationBatch,
    'add',
    (add) =>
      function (publication) {
        setTimeout(() => add.call(this, publication), LATE_MS);
        return Promise.resolve();
      },
  );
}

/** Who asks in the same turn is given what the first of them has asked for. */
async function answerOfAnother() {
  const { L1 } = await import('../../dist/cache/l1.js');
  const { turn } = await import('../../dist/platform/turn.js');
  let first = { turn: -1, id: '' };
  replace(
    L1,
    'peek',
    (peek) =>
      function (id, show) {
        if (first.turn !== turn.number) first = { turn: turn.number, id };
        return peek.call(this, first.id, show);
      },
  );
}

function replace({ name, prototype }, method, mutated) {
  const original = prototype[method];
  if (typeof original !== 'function')
    throw new Error(`${name} has no ${method}: this mutant must be written anew`);
  prototype[method] = mutated(original);
}
