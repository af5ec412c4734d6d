/**
 * Which tasks of a plan can be worked on, kept up to date with the steps of agents instead of being computed
 * for each.
 *
 * Derived from the tasks alone and forgotten whenever a plan is edited; the next reader computes it again. It
 * knows no time: whether claims have lapsed is checked on the few that exist.
 */
import { isHalting, isMet, type Task } from './plan.js';

type Tasks = ReadonlyMap<string, Task>;

/** One for each map of tasks; a replaced plan has a new map. */
const known = new WeakMap<Tasks, Readiness>();

export function readinessOf(tasks: Tasks): Readiness {
  let readiness = known.get(tasks);
  if (!readiness) {
    readiness = new Readiness(tasks);
    known.set(tasks, readiness);
  }
  return readiness;
}

/** Called when tasks were added, removed or edited in place. */
export function forgetReadiness(tasks: Tasks): void {
  known.delete(tasks);
}

/** Called when a task's status or claim has changed, and nothing else that is relevant here. */
export function noteStep(tasks: Tasks, before: Task, after: Task): void {
  known.get(tasks)?.step(before, after);
}

export class Readiness {
  /** Failed tasks with `onFailure: halt`. */
  readonly halting = new Set<string>();
  /** Tasks whose dependencies are met, in plan order: waiting for an agent, or claimed. */
  private readonly pending = new Places();
  private readonly claimed = new Places();
  /** In plan order. */
  private readonly ids: readonly string[];
  private readonly places = new Map<string, number>();
  private readonly dependants: Dependants;
  /** How many different dependencies of the task at a place are not met. */
  private readonly unmet: Uint32Array;

  constructor(private readonly tasks: Tasks) {
    this.ids = [...tasks.keys()];
    for (const [place, id] of this.ids.entries()) this.places.set(id, place);
    this.dependants = new Dependants(tasks, this.places);
    const isOpen = [...tasks.values()].map((task) => !isMet(task));
    this.unmet = this.dependants.unmet(isOpen);
    let place = 0;
    for (const task of tasks.values()) this.put(task, place++);
  }

  /** Tasks whose dependencies are met and that are pending or claimed, in plan order. */
  *candidates(): Generator<Task> {
    const [pending, claimed] = [this.pending.list, this.claimed.list];
    for (let p = 0, c = 0; p < pending.length || c < claimed.length; ) {
      const [a = Number.POSITIVE_INFINITY, b = Number.POSITIVE_INFINITY] = [pending[p], claimed[c]];
      if (a < b) p++;
      else c++;
      yield this.taskAt(Math.min(a, b));
    }
  }

  /** The claimed ones among the candidates. */
  *claims(): Generator<Task> {
    for (const place of this.claimed.list) yield this.taskAt(place);
  }

  step(before: Task, after: Task): void {
    const change = Number(isMet(before)) - Number(isMet(after));
    if (change !== 0) {
      for (const place of this.dependants.of(this.placeOf(after.id))) {
        this.unmet[place] = (this.unmet[place] ?? 0) + change;
        this.put(this.taskAt(place), place);
      }
    }
    this.put(after, this.placeOf(after.id));
  }

  private put(task: Task, at: number): void {
    const { id, status, claim } = task;
    const free = this.unmet[at] === 0;
    this.pending.put(at, free && status === 'pending');
    this.claimed.put(at, free && status === 'in_progress' && claim !== null);
    if (isHalting(task)) this.halting.add(id);
    else this.halting.delete(id);
  }

  private placeOf(id: string): number {
    return this.places.get(id) ?? edited();
  }

  private taskAt(place: number): Task {
    return this.tasks.get(this.ids[place] ?? '') ?? edited();
  }
}

function edited(): never {
  throw new Error('a plan was edited and its readiness was not forgotten');
}

/**
 * Who waits for whom, by places: flat lists, since a plan of ten thousand tasks may have forty times as many
 * dependencies and all of them are looked at in one turn.
 */
class Dependants {
  /** Those of the task at place `n` are `list[from[n]]` to `list[from[n + 1] - 1]`. */
  private readonly list: Uint32Array;
  private readonly from: Uint32Array;
  /** Tasks with dependencies that are not in the plan: these are never met. */
  private readonly lost: number[] = [];

  constructor(tasks: Tasks, places: ReadonlyMap<string, number>) {
    let total = 0;
    for (const { dependencies } of tasks.values()) total += dependencies.length;
    const [waiting, awaited] = [new Uint32Array(total), new Uint32Array(total)];
    /** The last task that named this one, from 1: a dependency that is named twice counts once. */
    const namedBy = new Uint32Array(tasks.size);
    this.from = new Uint32Array(tasks.size + 1);
    let count = 0;
    let place = 0;
    for (const { dependencies } of tasks.values()) {
      for (const id of dependencies) {
        const on = places.get(id);
        if (on === undefined) this.lost.push(place);
        else if (namedBy[on] !== place + 1) {
          namedBy[on] = place + 1;
          waiting[count] = place;
          awaited[count++] = on;
          this.from[on + 1] = (this.from[on + 1] ?? 0) + 1;
        }
      }
      place++;
    }
    for (let n = 1; n <= place; n++) this.from[n] = (this.from[n] ?? 0) + (this.from[n - 1] ?? 0);
    const next = this.from.slice();
    this.list = new Uint32Array(count);
    for (let n = 0; n < count; n++) {
      const on = awaited[n] ?? 0;
      const at = next[on] ?? 0;
      this.list[at] = waiting[n] ?? 0;
      next[on] = at + 1;
    }
  }

  of(place: number): Uint32Array {
    return this.list.subarray(this.from[place], this.from[place + 1]);
  }

  /** How many dependencies of each task are not met. @param isOpen whether the task at a place meets none. */
  unmet(isOpen: readonly boolean[]): Uint32Array {
    const counts = new Uint32Array(isOpen.length);
    const add = (place: number): void => {
      counts[place] = (counts[place] ?? 0) + 1;
    };
    for (const place of this.lost) add(place);
    for (const [place, open] of isOpen.entries()) if (open) this.of(place).forEach(add);
    return counts;
  }
}

/** Places in ascending order. */
class Places {
  readonly list: number[] = [];
  private readonly has = new Set<number>();

  put(place: number, wanted: boolean): void {
    if (this.has.has(place) === wanted) return;
    if (wanted) {
      this.has.add(place);
      this.list.splice(this.indexFor(place), 0, place);
    } else {
      this.has.delete(place);
      this.list.splice(this.indexFor(place), 1);
    }
  }

  /** The index of the place, or where it would be. Most come at the end, since a plan is read in order. */
  private indexFor(place: number): number {
    const last = this.list.at(-1);
    if (last === undefined || place > last) return this.list.length;
    let [low, high] = [0, this.list.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.list[middle] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
