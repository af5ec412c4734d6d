/**
 * The server without one of the steps that bring everything to those who wait, once. Loaded into its workers
 * before anything else (`NODE_OPTIONS=--import=…`, WAITING_MUTANT=<name>), it takes that one step out of the
 * built program.
 *
 * A step that is not there any more under its name is an error: a mutant that changes nothing would show
 * nothing.
 */
const MUTANTS = {
  'missed-tellings': missedTellings,
  'missed-wakes': missedWakes,
  'late-replay': () => movedReplay(1),
  'early-replay': () => movedReplay(-1),
  'unread-join': unreadJoin,
};

if (process.argv[2] === 'worker') await MUTANTS[process.env.WAITING_MUTANT]();

/** Every other change wakes nobody who waits for messages. */
async function missedTellings() {
  const { ChangeNotifier } = await import('../../../dist/app/waiting/change-notifier.js');
  let missed = false;
  replace(
    ChangeNotifier,
    'notify',
    (notify) =>
      function (what) {
        missed = !missed;
        if (!missed) notify.call(this, what);
      },
  );
}

/** Nor who follows events. */
async function missedWakes() {
  const { EventHub } = await import('../../../dist/app/changes/event-hub.js');
  let missed = false;
  replace(
    EventHub,
    'wake',
    (wake) =>
      function () {
        missed = !missed;
        if (!missed) wake.call(this);
      },
  );
}

/** Who comes back to a taskspace goes on one commit beside the place where he was. */
async function movedReplay(by) {
  const { Events } = await import('../../../dist/app/changes/events.js');
  replace(
    Events,
    'startOf',
    (startOf) =>
      function (id, number) {
        return startOf.call(this, id, number > 1 ? number + by : number);
      },
  );
}

/** Who comes back is attached where the hub stands, without what lies between. */
async function unreadJoin() {
  const { EventHub } = await import('../../../dist/app/changes/event-hub.js');
  replace(
    EventHub,
    'join',
    () =>
      async function (follower) {
        await this.move();
        return { ended: this.attach(follower) };
      },
  );
}

function replace({ name, prototype }, method, mutated) {
  const original = prototype[method];
  if (typeof original !== 'function')
    throw new Error(`${name} has no ${method}: this mutant must be written anew`);
  prototype[method] = mutated(original);
}
