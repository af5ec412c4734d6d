/** A taskspace in memory: runs commands on a state as a journal would, and tells what came of each. */

import { apply } from '../../src/domain/apply.js';
import { type Clock, hostClock } from '../../src/domain/clock.js';
import type { Decide } from '../../src/domain/command.js';
import { createTaskspace } from '../../src/domain/command.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import type { Event } from '../../src/domain/event.js';
import { emptyState, type State } from '../../src/domain/state.js';

export class World {
  readonly state: State = emptyState('ts');
  /** Milliseconds since 1970; moves by a second with every command. */
  now = Date.parse('2026-01-01T00:00:00.000Z');
  by = 'ann';

  /** A world with a live taskspace. */
  static live(): World {
    const world = new World();
    world.run(createTaskspace({}));
    return world;
  }

  get time(): string {
    return new Date(this.now).toISOString();
  }

  get clock(): Clock {
    return hostClock(this.time);
  }

  /** The events of the command, folded already; throws what it throws. */
  run(decide: Decide): readonly Event[] {
    this.now += 1000;
    const { state, by, time, clock } = this;
    const events = decide(state, { time, clock, by, owner: by });
    if (events.length === 0) return events;
    const number = state.commit + 1;
    const id = `${number.toString(16).padStart(8, '0')}deadbeef`;
    apply(state, { id, number, time, by, events });
    return events;
  }

  /** The error that the command is refused with. */
  refusal(decide: Decide): TaskspaceError {
    const { commit } = this.state;
    try {
      this.run(decide);
    } catch (error) {
      if (!(error instanceof TaskspaceError)) throw error;
      if (this.state.commit !== commit) throw new Error('a refused command has changed the state');
      return error;
    }
    throw new Error('the command was not refused');
  }
}
