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
  private readonly ids: string[] = [];
  private readonly places = new Map<string, number>();
  private readonly dependants = new Map<string, string[]>();
  /** How many dependencies of a task are not met; tasks without unmet ones are absent. */
  private readonly unmet = new Map<string, number>();

  constructor(private readonly tasks: Tasks) {
    for (const task of tasks.values()) {
      this.places.set(task.id, this.ids.push(task.id) - 1);
      for (const id of new Set(task.dependencies)) {
        const others = this.dependants.get(id);
        if (others) others.push(task.id);
        else this.dependants.set(id, [task.id]);
        if (!isMet(tasks.get(id))) this.unmet.set(task.id, (this.unmet.get(task.id) ?? 0) + 1);
      }
    }
    for (const task of tasks.values()) this.place(task);
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
      for (const id of this.dependants.get(after.id) ?? []) {
        const count = (this.unmet.get(id) ?? 0) + change;
        if (count > 0) this.unmet.set(id, count);
        else this.unmet.delete(id);
        const dependant = this.tasks.get(id);
        if (dependant) this.place(dependant);
      }
    }
    this.place(after);
  }

  private place(task: Task): void {
    const { id, status, claim } = task;
    const at = this.places.get(id) ?? -1;
    const free = !this.unmet.has(id);
    this.pending.put(at, free && status === 'pending');
    this.claimed.put(at, free && status === 'in_progress' && claim !== null);
    if (isHalting(task)) this.halting.add(id);
    else this.halting.delete(id);
  }

  private taskAt(place: number): Task {
    const task = this.tasks.get(this.ids[place] ?? '');
    if (!task) throw new Error('a plan was edited and its readiness was not forgotten');
    return task;
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
