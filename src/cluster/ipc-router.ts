/**
 * Passes messages between the processes of one server: the bus without Redis, and questions to all workers.
 *
 * The primary reads no message's content and keeps none beyond a question's timeout. A process that has
 * exited is not waited for.
 */

import type { WorkerAnswer } from './ipc-messages.js';
import type { IpcMessage, WorkerProcess } from './worker-process.js';

interface Question {
  readonly asker: WorkerProcess;
  readonly ask: number;
  readonly waiting: Set<WorkerProcess>;
  readonly answers: WorkerAnswer[];
  readonly timer: NodeJS.Timeout;
}

/** Questions under way at once; above it the oldest is answered with what has come. */
const QUESTIONS_MAX = 1000;

export class IpcRouter {
  private readonly members = new Set<WorkerProcess>();
  private readonly questions = new Map<number, Question>();
  private asked = 0;

  enter(child: WorkerProcess): void {
    this.members.add(child);
  }

  leave(child: WorkerProcess): void {
    this.members.delete(child);
    for (const [number, question] of this.questions) {
      if (question.asker === child) this.drop(number, question);
      else if (question.waiting.delete(child)) this.finishWhenComplete(number, question);
    }
  }

  route(channel: IpcMessage, from: WorkerProcess): void {
    if (channel.type === 'bus') this.spread(channel.body, from);
    else if (channel.type === 'ask') this.ask(channel, from);
    else this.answer(channel, from);
  }

  private spread(body: unknown, from: WorkerProcess): void {
    for (const child of this.members) if (child !== from) child.send({ type: 'bus', body });
  }

  private ask({ ask, timeoutMs, body }: Extract<IpcMessage, { type: 'ask' }>, asker: WorkerProcess): void {
    const number = ++this.asked;
    const waiting = new Set([...this.members].filter(({ state }) => state === 'ready'));
    const timer = setTimeout(() => this.finish(number, question), timeoutMs);
    const question: Question = { asker, ask, waiting, answers: [], timer };
    this.questions.set(number, question);
    for (const child of waiting) child.send({ type: 'question', question: number, body });
    this.finishWhenComplete(number, question);
    const [oldest] = this.questions;
    if (oldest && this.questions.size > QUESTIONS_MAX) this.finish(...oldest);
  }

  private answer(
    { question: number, body }: Extract<IpcMessage, { type: 'answer' }>,
    from: WorkerProcess,
  ): void {
    const question = this.questions.get(number);
    if (!question?.waiting.delete(from)) return;
    question.answers.push({ worker: from.place, body });
    this.finishWhenComplete(number, question);
  }

  private finishWhenComplete(number: number, question: Question): void {
    if (question.waiting.size === 0) this.finish(number, question);
  }

  private finish(number: number, question: Question): void {
    this.drop(number, question);
    question.asker.send({ type: 'answers', ask: question.ask, answers: question.answers });
  }

  private drop(number: number, { timer }: Question): void {
    clearTimeout(timer);
    this.questions.delete(number);
  }
}
