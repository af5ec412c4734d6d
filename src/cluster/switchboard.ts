/**
 * Passes messages between the processes of one server: the bus without Redis, and questions to all workers.
 *
 * The primary looks into none of them and keeps none longer than a question's time. Who has left is not waited for.
 */

import type { Mail, Member } from './member.js';
import type { WorkerAnswer } from './messages.js';

interface Question {
  readonly asker: Member;
  readonly ask: number;
  readonly waiting: Set<Member>;
  readonly answers: WorkerAnswer[];
  readonly timer: NodeJS.Timeout;
}

/** Questions under way at once; above it the oldest is answered with what has come. */
const QUESTIONS_MAX = 1000;

export class Switchboard {
  private readonly members = new Set<Member>();
  private readonly questions = new Map<number, Question>();
  private asked = 0;

  enter(member: Member): void {
    this.members.add(member);
  }

  leave(member: Member): void {
    this.members.delete(member);
    for (const [number, question] of this.questions) {
      if (question.asker === member) this.drop(number, question);
      else if (question.waiting.delete(member)) this.finishWhenComplete(number, question);
    }
  }

  take(mail: Mail, from: Member): void {
    if (mail.type === 'bus') this.spread(mail.body, from);
    else if (mail.type === 'ask') this.ask(mail, from);
    else this.answer(mail, from);
  }

  private spread(body: unknown, from: Member): void {
    for (const member of this.members) if (member !== from) member.send({ type: 'bus', body });
  }

  private ask({ ask, timeoutMs, body }: Extract<Mail, { type: 'ask' }>, asker: Member): void {
    const number = ++this.asked;
    const waiting = new Set([...this.members].filter(({ state }) => state === 'ready'));
    const timer = setTimeout(() => this.finish(number, question), timeoutMs);
    const question: Question = { asker, ask, waiting, answers: [], timer };
    this.questions.set(number, question);
    for (const member of waiting) member.send({ type: 'question', question: number, body });
    this.finishWhenComplete(number, question);
    const [oldest] = this.questions;
    if (oldest && this.questions.size > QUESTIONS_MAX) this.finish(...oldest);
  }

  private answer({ question: number, body }: Extract<Mail, { type: 'answer' }>, from: Member): void {
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
