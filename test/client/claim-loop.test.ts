import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApiError, ClaimLoopOptions, TaskHandler, Work } from '../../src/client/index.js';
import { FakePlan, problem } from './fake-plan.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SECOND = 1000;
/** Lets the clock run, and everything that waits for it. */
const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * SECOND);

function loopOver(plan: FakePlan, handler: TaskHandler, options: Partial<ClaimLoopOptions> = {}) {
  const controller = new AbortController();
  const trouble: ApiError[] = [];
  const errors: unknown[] = [];
  const ended = plan.client.plan.claimLoop(
    't',
    {
      agent: 'me',
      leaseSeconds: 30,
      signal: controller.signal,
      onTrouble: (error) => trouble.push(error),
      onError: (error, { id }) => errors.push([id, error]),
      ...options,
    },
    handler,
  );
  // A test that is about something else is not to end with an unhandled rejection.
  ended.catch(() => undefined);
  return { ended, trouble, errors, abort: () => controller.abort(new Error('home time')) };
}

/** Works until it is told to stop, and then says that it has. */
function untilStopped(work: Work): Promise<never> {
  return new Promise((_resolve, reject) => {
    work.signal.addEventListener('abort', () => reject(work.signal.reason), { once: true });
  });
}

const spend = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * SECOND));

describe('a claim loop', () => {
  it('works on one task after the other, completes with what comes back, and ends when the plan is done', async () => {
    const plan = new FakePlan('a', 'b');
    const { ended } = loopOver(plan, async ({ id }) => ({ did: id }), { untilDone: true });
    await pass(0);
    expect(await ended).toEqual({ completed: 2, failed: 0, released: 0, lost: 0 });
    expect(plan.task('a')).toMatchObject({ status: 'completed', result: { did: 'a' } });
    expect(plan.calls()).toEqual(['claim', 'a/complete', 'claim', 'b/complete', 'claim', 'summary']);
    expect(plan.sent.map(({ key }) => key === null)).toEqual([false, false, false, false, false, true]);
  });

  it('waits for tasks for as long as it is wanted', async () => {
    const plan = new FakePlan();
    const { ended, abort } = loopOver(plan, () => undefined);
    await pass(60);
    plan.add('late');
    await pass(1);
    expect(plan.task('late')).toMatchObject({ status: 'completed', result: undefined });
    expect(plan.sent.map(({ body }) => body.wait).filter((wait) => wait !== undefined)).toEqual([
      25, 25, 25, 25,
    ]);
    abort();
    expect(await ended).toMatchObject({ completed: 1 });
  });

  it('stays while others work, whose tasks may come back', async () => {
    const plan = new FakePlan('theirs');
    Object.assign(plan.task('theirs'), { status: 'in_progress', expiresAt: performance.now() + 20 * SECOND });
    const { ended } = loopOver(plan, () => 'mine now', { untilDone: true });
    await pass(22);
    expect(await ended).toMatchObject({ completed: 1 });
  });

  it('ends when the plan is halted', async () => {
    const plan = new FakePlan();
    plan.add('blocked');
    plan.halted = true;
    Object.assign(plan.task('blocked'), { status: 'failed' });
    const { ended } = loopOver(plan, () => undefined, { untilDone: true });
    await pass(0);
    expect(await ended).toMatchObject({ completed: 0 });
  });

  it('fails a task with the message of what its handler throws, and goes on', async () => {
    const plan = new FakePlan('a', 'b', 'c');
    const thrown: unknown[] = [new Error('no water'), 'just a text'];
    const handler = async (): Promise<unknown> => {
      if (thrown.length > 0) throw thrown.shift();
      const circle: { self?: unknown } = {};
      circle.self = circle;
      return circle;
    };
    const { ended } = loopOver(plan, handler, { untilDone: true });
    await pass(0);
    expect(await ended).toMatchObject({ failed: 3 });
    expect([plan.task('a').error, plan.task('b').error]).toEqual(['no water', 'just a text']);
    expect(plan.task('c').error).toMatch(/circular/);
  });

  it('fails a task whose result the server refuses: it would never be finished else', async () => {
    const plan = new FakePlan('a');
    plan.fault = ({ call }) => (call === 'a/complete' ? problem(422, 'invalid_body') : undefined);
    const { ended } = loopOver(plan, () => 'x'.repeat(100), { untilDone: true });
    await pass(0);
    expect(await ended).toMatchObject({ failed: 1 });
    expect(plan.task('a').error).toBe('The result was refused: It is invalid_body.');
  });

  it('works on as many tasks at a time as it is told to, with one claim that waits', async () => {
    const plan = new FakePlan('a', 'b', 'c', 'd', 'e');
    let working = 0;
    let most = 0;
    const handler = async (): Promise<void> => {
      most = Math.max(most, ++working);
      await spend(1);
      working--;
    };
    const { ended } = loopOver(plan, handler, { untilDone: true, concurrency: 2 });
    await pass(10);
    expect(await ended).toMatchObject({ completed: 5 });
    expect(most).toBe(2);
  });

  it('throws what does not pass, and gives back what it has in hand', async () => {
    const plan = new FakePlan('a');
    plan.fault = ({ call }, nth) => (call === 'claim' && nth > 1 ? problem(404, 'not_found') : undefined);
    const { ended } = loopOver(plan, (_task, work) => untilStopped(work), { concurrency: 2 });
    await pass(0);
    await expect(ended).rejects.toMatchObject({ code: 'not_found' });
    expect(plan.task('a')).toMatchObject({ status: 'pending', token: null });
  });
});

describe('what a claim loop meets', () => {
  const thirsty = (): never => {
    throw new Error('no water');
  };

  it('is told to those who listen: what handlers throw and why a claim was lost, each with its task', async () => {
    const plan = new FakePlan('a', 'b');
    const { ended, errors } = loopOver(plan, ({ id }) => (id === 'a' ? thirsty() : steal(plan)), {
      untilDone: true,
    });
    await pass(1);
    expect(await ended).toMatchObject({ failed: 1, lost: 1 });
    expect(errors).toMatchObject([
      ['a', { message: 'no water' }],
      ['b', { code: 'lease_lost' }],
    ]);
  });

  it('is written to the console when nobody listens, trouble that is waited out too', async () => {
    const [warn, error] = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
    for (const spy of [warn, error]) spy.mockImplementation(() => undefined);
    const plan = new FakePlan('a');
    const page = () => new Response('<html>\n<h1>Bad Gateway</h1>\n', { status: 502 });
    plan.fault = ({ call }, nth) => (call === 'claim' && nth <= 10 ? page() : undefined);
    const silent = { onTrouble: undefined, onError: undefined };
    const { ended } = loopOver(plan, thirsty, { untilDone: true, ...silent });
    await pass(60);
    await ended;
    const lines = warn.mock.calls.map(String);
    expect(lines[0]).toContain('taskspace: me on t:');
    expect(lines.filter((line) => line.includes('HTTP 502'))).not.toEqual([]);
    expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
    expect(String(error.mock.calls[0])).toMatch(/task "a":.*no water/);
    vi.restoreAllMocks();
  });

  /** Somebody else takes the task while it is worked on. */
  function steal(plan: FakePlan): void {
    Object.assign(plan.task('b'), { token: 'of somebody else', status: 'completed' });
  }
});

describe('the claim of a task in work', () => {
  it('is renewed at a third of its lease until the work is done', async () => {
    const plan = new FakePlan('a');
    const { ended } = loopOver(plan, () => spend(95), { untilDone: true });
    await pass(100);
    expect(await ended).toMatchObject({ completed: 1 });
    const beats = plan.sent.filter(({ call }) => call === 'a/heartbeat');
    expect(beats.map(({ at }) => Math.round(at / SECOND))).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(beats[0]?.body).toEqual({ token: 'token-1', leaseSeconds: 30 });
  });

  it('is renewed by the handler, too', async () => {
    const plan = new FakePlan('a');
    const handler: TaskHandler = async (_task, work) => {
      await spend(5);
      await work.heartbeat();
      await spend(9);
    };
    const { ended } = loopOver(plan, handler, { untilDone: true });
    await pass(20);
    await ended;
    expect(plan.calls().filter((call) => call === 'a/heartbeat')).toHaveLength(1);
  });

  it('stops the handler when the server says that it is lost, and the task is never finished', async () => {
    const plan = new FakePlan('a');
    let reason: unknown;
    const handler: TaskHandler = async (_task, work) => {
      work.signal.addEventListener('abort', () => {
        reason = work.signal.reason;
      });
      await spend(20);
      return 'too late';
    };
    const { ended, abort } = loopOver(plan, handler);
    await pass(1);
    Object.assign(plan.task('a'), { token: 'of somebody else', expiresAt: Number.POSITIVE_INFINITY });
    await pass(10);
    expect(reason).toMatchObject({ code: 'lease_lost' });
    await pass(20);
    abort();
    expect(await ended).toEqual({ completed: 0, failed: 0, released: 0, lost: 1 });
    expect(plan.calls().filter((call) => /complete|fail|release/.test(call))).toEqual([]);
  });

  it('is lost when it could not be renewed before it lapsed, though no answer ever came', async () => {
    const plan = new FakePlan('a');
    plan.fault = ({ call }) => (call === 'a/heartbeat' ? 'never' : undefined);
    let stoppedAt = 0;
    const handler: TaskHandler = async (_task, work) => {
      await untilStopped(work).catch(() => {
        stoppedAt = performance.now();
      });
      return 'too late';
    };
    const begun = performance.now();
    const { ended, abort } = loopOver(plan, handler);
    await pass(31);
    expect(Math.round((stoppedAt - begun) / SECOND)).toBe(30);
    abort();
    await pass(1);
    // Nobody else took it, so the loop itself claimed it again, until it was aborted.
    expect(await ended).toEqual({ completed: 0, failed: 0, released: 1, lost: 1 });
    expect(plan.calls()).not.toContain('a/complete');
  });

  it('outlives heartbeats that break, while there is time', async () => {
    const plan = new FakePlan('a');
    plan.fault = ({ call }, nth) => (call === 'a/heartbeat' && nth <= 12 ? 'refused' : undefined);
    const { ended, trouble } = loopOver(plan, () => spend(60), { untilDone: true });
    await pass(70);
    expect(await ended).toMatchObject({ completed: 1 });
    expect(trouble.map(({ code }) => code)).toEqual(['unreachable']);
  });
});

describe('a claim whose answer did not come', () => {
  it('is found again under its key, however long the trouble lasts, and confirmed before the work begins', async () => {
    const plan = new FakePlan('a');
    plan.fault = ({ call }, nth) =>
      call !== 'claim' ? undefined : nth === 1 ? 'lost' : nth <= 18 ? 'refused' : undefined;
    const { ended, trouble } = loopOver(plan, () => 'done', { untilDone: true });
    await pass(60);
    expect(await ended).toMatchObject({ completed: 1 });
    expect(trouble).toHaveLength(2);
    const claims = plan.sent.filter(({ call }) => call === 'claim');
    expect(new Set(claims.slice(0, 19).map(({ key }) => key)).size).toBe(1);
    expect(plan.calls().slice(19, 21)).toEqual(['a/heartbeat', 'a/complete']);
  });

  it('is not worked on when somebody else has the task by now', async () => {
    const plan = new FakePlan('a');
    plan.fault = ({ call }, nth) => {
      if (call !== 'claim' || nth > 2) return undefined;
      if (nth === 1) return 'lost';
      Object.assign(plan.task('a'), { token: 'of somebody else', expiresAt: Number.POSITIVE_INFINITY });
      return 'refused';
    };
    const handler = vi.fn();
    const { ended, abort } = loopOver(plan, handler);
    await pass(10);
    abort();
    expect(await ended).toMatchObject({ lost: 1 });
    expect(handler).not.toHaveBeenCalled();
  });
});

describe('a loop that is aborted', () => {
  it('stops its handlers, waits for them a little, and gives their tasks back', async () => {
    const plan = new FakePlan('a', 'b');
    const handler: TaskHandler = async ({ id }, work) => {
      await untilStopped(work).catch(() => undefined);
      if (id === 'b') await new Promise(() => undefined);
      return 'half';
    };
    const { ended, abort } = loopOver(plan, handler, { concurrency: 2, graceSeconds: 3 });
    await pass(1);
    abort();
    await pass(0);
    expect([plan.task('a').status, plan.task('b').status]).toEqual(['pending', 'in_progress']);
    await pass(3);
    expect(await ended).toEqual({ completed: 0, failed: 0, released: 2, lost: 0 });
    expect(plan.calls().slice(-2)).toEqual(['a/release', 'b/release']);
  });

  it('does not begin what was granted in its last moment', async () => {
    const plan = new FakePlan('a');
    const handler = vi.fn();
    let abort = (): void => undefined;
    plan.fault = () => {
      if (plan.task('a').status !== 'pending') return undefined;
      // When the answer has come and the call can't be ended any more.
      const parse = JSON.parse;
      vi.spyOn(JSON, 'parse').mockImplementationOnce((text) => {
        abort();
        return parse(text);
      });
      return undefined;
    };
    const loop = loopOver(plan, handler);
    abort = loop.abort;
    await pass(1);
    expect(await loop.ended).toMatchObject({ released: 1 });
    expect(plan.calls()).toEqual(['claim', 'a/release']);
    expect(handler).not.toHaveBeenCalled();
  });

  it('still tells of work that was done before', async () => {
    const plan = new FakePlan('a');
    const { ended, abort } = loopOver(plan, () => 'done');
    plan.fault = ({ call }, nth) => {
      if (call !== 'a/complete' || nth > 1) return undefined;
      abort();
      return 'lost';
    };
    await pass(1);
    expect(await ended).toMatchObject({ completed: 1 });
    expect(plan.task('a')).toMatchObject({ status: 'completed', result: 'done' });
  });
});

describe('work that is done while the server is away', () => {
  it('is told once the server is back', async () => {
    const plan = new FakePlan('a');
    plan.fault = ({ call }, nth) => (call === 'a/complete' && nth <= 45 ? 'refused' : undefined);
    const { ended, trouble } = loopOver(plan, () => 'done', { untilDone: true });
    await pass(200);
    expect(await ended).toMatchObject({ completed: 1 });
    expect(trouble.length).toBeGreaterThan(4);
  });
});
