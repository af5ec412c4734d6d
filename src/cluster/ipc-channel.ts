/**
 * The worker's end of the IPC router: the channel of the IPC bus, and questions to all workers.
 *
 * A closed channel loses what is sent; a question without answers is answered with none.
 */

import type { PeerAnswer, PeerCalls, PeerHandlers, Peers } from '../app/admin/peers.js';
import type { IpcTransport } from '../bus/ipc-bus.js';
import { primaryMessage, type WorkerAnswer, type WorkerMessage } from './ipc-messages.js';

/** How long answers are waited for, in ms; warming takes longer. */
const ANSWER_MS = 1_000;
const WARM_ANSWER_MS = 60_000;
/** Added to the primary's timeout, in case its message is lost. */
const GRACE_MS = 1_000;

export class IpcChannel implements IpcTransport, Peers {
  private readonly listeners: ((message: unknown) => void)[] = [];
  private readonly deathListeners: (() => void)[] = [];
  private readonly asked = new Map<number, (answers: readonly WorkerAnswer[]) => void>();
  private handlers: PeerHandlers | undefined;
  private count = 0;

  constructor(
    readonly worker: number,
    private readonly onTrouble: (error: unknown) => void,
  ) {
    process.on('message', (value) => this.accept(value));
  }

  send(body: unknown): void {
    post({ type: 'bus', body });
  }

  onMessage(listener: (message: unknown) => void): void {
    this.listeners.push(listener);
  }

  /** Calls the listener when a worker has died. Only the steward is notified. */
  onDeath(listener: () => void): void {
    this.deathListeners.push(listener);
  }

  serve(handlers: PeerHandlers): void {
    this.handlers = handlers;
  }

  ask<K extends keyof PeerCalls>(
    call: K,
    question: PeerCalls[K]['question'],
  ): Promise<PeerAnswer<PeerCalls[K]['answer']>[]> {
    const ask = ++this.count;
    const timeoutMs = call === 'cacheWarm' ? WARM_ANSWER_MS : ANSWER_MS;
    return new Promise((resolve) => {
      const settle = (answers: readonly WorkerAnswer[]): void => {
        clearTimeout(timer);
        this.asked.delete(ask);
        resolve(answers.map(({ worker, body }) => ({ worker, answer: body as PeerCalls[K]['answer'] })));
      };
      const timer = setTimeout(() => settle([]), timeoutMs + GRACE_MS);
      this.asked.set(ask, settle);
      post({ type: 'ask', ask, timeoutMs, body: { call, question } });
    });
  }

  private accept(value: unknown): void {
    const message = primaryMessage(value);
    if (message?.type === 'bus') for (const listener of this.listeners) listener(message.body);
    if (message?.type === 'death') for (const listener of this.deathListeners) listener();
    if (message?.type === 'answers') this.asked.get(message.ask)?.(message.answers);
    if (message?.type === 'question') void this.reply(message.question, message.body as Asked);
  }

  private async reply(question: number, asked: Asked): Promise<void> {
    try {
      const body = await this.handlers?.[asked.call](asked.question as never);
      post({ type: 'answer', question, body });
    } catch (error) {
      this.onTrouble(error);
    }
  }
}

/** Both ends are this same program: the primary passes on what a worker of it has written. */
interface Asked {
  readonly call: keyof PeerCalls;
  readonly question: unknown;
}

function post(message: WorkerMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
