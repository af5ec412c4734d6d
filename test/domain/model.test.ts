import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { liveOf } from '../../src/domain/artifact.js';
import { deleteArtifact, putArtifact } from '../../src/domain/artifact-command.js';
import { createTaskspace, type Decide, deleteTaskspace, putTaskspace } from '../../src/domain/command.js';
import { TaskspaceError } from '../../src/domain/errors.js';
import { postMessages } from '../../src/domain/message-command.js';
import { addTask, patchTask, removeTask } from '../../src/domain/plan-command.js';
import { World } from './world.js';

/** A second, naive idea of what a taskspace is: nothing but what a client was told. */
class Model {
  live = false;
  readonly revisions: Record<string, number> = {};
  name = '';
  tasks: { id: string; name: string; dependencies: string[] }[] = [];
  texts: string[] = [];
  files = new Map<string, string>();
  /** Paths that were written in this life. */
  known = new Set<string>();

  raise(what: string): 'ok' {
    this.revisions[what] = (this.revisions[what] ?? 0) + 1;
    return 'ok';
  }
}

interface Action {
  readonly text: string;
  readonly decide: Decide;
  /** What the answer must be: `ok`, `same` for a write that changes nothing, or a code. */
  expected(model: Model): string;
}

const id = fc.constantFrom('a', 'b', 'c');
const name = fc.constantFrom('x', 'y');
const path = fc.constantFrom('p', 'p/q', 'p/q/r', 's');

function reaches(model: Model, from: string, to: string): boolean {
  if (from === to) return true;
  return (
    model.tasks.find((task) => task.id === from)?.dependencies.some((next) => reaches(model, next, to)) ===
    true
  );
}

const create = name.map(
  (value): Action => ({
    text: `create ${value}`,
    decide: createTaskspace({ name: value }),
    expected(model) {
      if (model.live) return 'already_exists';
      const { revisions } = model;
      Object.assign(model, new Model(), { revisions, live: true, name: value });
      return model.raise('metadata');
    },
  }),
);
const put = name.map(
  (value): Action => ({
    text: `put ${value}`,
    decide: putTaskspace({ name: value }, {}),
    expected(model) {
      if (!model.live) {
        const { revisions } = model;
        Object.assign(model, new Model(), { revisions, live: true, name: value });
        return model.raise('metadata');
      }
      if (model.name === value) return 'same';
      model.name = value;
      return model.raise('metadata');
    },
  }),
);
const remove = fc.constant<Action>({
  text: 'delete',
  decide: deleteTaskspace({}),
  expected(model) {
    if (!model.live) return 'not_found';
    model.live = false;
    return 'ok';
  },
});
const add = fc.tuple(id, name, fc.uniqueArray(id, { maxLength: 2 })).map(
  ([task, value, dependencies]): Action => ({
    text: `add ${task} on ${dependencies}`,
    decide: addTask({ id: task, name: value, dependencies }),
    expected(model) {
      if (!model.live) return 'not_found';
      if (model.tasks.some((other) => other.id === task)) return 'already_exists';
      if (dependencies.some((other) => other === task || !model.tasks.some((known) => known.id === other)))
        return 'invalid_plan';
      model.tasks.push({ id: task, name: value, dependencies });
      model.raise('plan');
      return model.raise(`task ${task}`);
    },
  }),
);
const depend = fc.tuple(id, fc.uniqueArray(id, { maxLength: 2 })).map(
  ([task, dependencies]): Action => ({
    text: `let ${task} depend on ${dependencies}`,
    decide: patchTask(task, { dependencies }, {}),
    expected(model) {
      if (!model.live) return 'not_found';
      const found = model.tasks.find((other) => other.id === task);
      if (!found) return 'not_found';
      if (JSON.stringify(found.dependencies) === JSON.stringify(dependencies)) return 'same';
      if (
        dependencies.some(
          (other) => !model.tasks.some((known) => known.id === other) || reaches(model, other, task),
        )
      )
        return 'invalid_plan';
      found.dependencies = dependencies;
      model.raise('plan');
      return model.raise(`task ${task}`);
    },
  }),
);
const drop = id.map(
  (task): Action => ({
    text: `remove ${task}`,
    decide: removeTask(task, {}),
    expected(model) {
      if (!model.live || !model.tasks.some((other) => other.id === task)) return 'not_found';
      if (model.tasks.some((other) => other.dependencies.includes(task))) return 'has_dependents';
      model.tasks = model.tasks.filter((other) => other.id !== task);
      return model.raise('plan');
    },
  }),
);
const post = fc.array(fc.constantFrom('m', 'n'), { minLength: 1, maxLength: 3 }).map(
  (texts): Action => ({
    text: `post ${texts}`,
    decide: postMessages(texts.map((content) => ({ content }))),
    expected(model) {
      if (!model.live) return 'not_found';
      model.texts.push(...texts);
      for (const _ of texts) model.raise('seq');
      return 'ok';
    },
  }),
);
const write = fc.tuple(path, fc.constantFrom('1', '2')).map(
  ([where, bytes]): Action => ({
    text: `write ${bytes} to ${where}`,
    decide: putArtifact(
      where,
      { size: 1, sha256: bytes, contentType: 'text/plain', metadata: {}, message: '' },
      {},
    ),
    expected(model) {
      if (!model.live) return 'not_found';
      for (const other of model.files.keys())
        if (other.startsWith(`${where}/`) || where.startsWith(`${other}/`)) return 'path_conflict';
      if (model.files.get(where) === bytes) return 'same';
      model.files.set(where, bytes);
      model.known.add(where);
      return model.raise(`file ${where}`);
    },
  }),
);
const erase = path.map(
  (where): Action => ({
    text: `delete ${where}`,
    decide: deleteArtifact(where, {}),
    expected(model) {
      if (!model.live || !model.known.has(where)) return 'not_found';
      if (!model.files.delete(where)) return 'deleted';
      return model.raise(`file ${where}`);
    },
  }),
);

const actions = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: create },
    put,
    remove,
    ...[add, depend, drop, post, write, erase].map((arbitrary) => ({ weight: 3, arbitrary })),
  ),
  { maxLength: 50 },
);

function outcome(world: World, decide: Decide): string {
  try {
    return world.run(decide).length === 0 ? 'same' : 'ok';
  } catch (error) {
    if (error instanceof TaskspaceError) return error.code;
    throw error;
  }
}

/** What the world shows, in the model's terms. */
function shown({ state }: World): Pick<Model, 'live' | 'name' | 'tasks' | 'files'> & { count: number } {
  const files = [...state.artifacts].flatMap(([where, history]) => {
    const live = liveOf(history);
    return live ? [[where, live.sha256 ?? ''] as const] : [];
  });
  return {
    live: state.metadata !== null && state.deleted === null,
    name: state.metadata?.name ?? '',
    tasks: [...state.plan.tasks.values()].map((task) => ({
      id: task.id,
      name: task.name,
      dependencies: [...task.dependencies],
    })),
    files: new Map(files),
    count: state.messages.count,
  };
}

describe('commands', () => {
  it('answer and change what a naive model says', () => {
    fc.assert(
      fc.property(actions, (run) => {
        const world = new World();
        const model = new Model();
        for (const { text, decide, expected } of run) {
          expect([text, outcome(world, decide)]).toEqual([text, expected(model)]);
          const { live, name: title, tasks, files, texts, revisions } = model;
          expect(shown(world)).toEqual({ live, name: title, tasks, files, count: texts.length });
          const { metadata, plan, messages } = world.state;
          expect(metadata?.revision ?? 0).toBe(revisions.metadata ?? 0);
          if (plan.version) expect(plan.version.revision).toBe(revisions.plan);
          expect(messages.lastSeq).toBe(revisions.seq ?? 0);
          for (const task of plan.tasks.values()) expect(task.revision).toBe(revisions[`task ${task.id}`]);
          for (const [where, { base, revisions: all }] of world.state.artifacts)
            expect(base + all.length).toBe(revisions[`file ${where}`]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
