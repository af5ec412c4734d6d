/**
 * What one process holds of a taskspace's journal: a reader, a writer, and the two commands that tests need.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createTaskspace, type Decide } from '../../../src/domain/command.js';
import type { CommitKey } from '../../../src/domain/event.js';
import { postMessages } from '../../../src/domain/message-command.js';
import type { State } from '../../../src/domain/state.js';
import { type Files, nodeFiles } from '../../../src/store/files/journal/files.js';
import { Journal } from '../../../src/store/files/journal/journal.js';
import { JournalWriter } from '../../../src/store/files/journal/writer.js';
import { LapseClock } from '../../../src/store/lapse-clock.js';
import type { Written } from '../../../src/store/ports.js';

export interface ProcessOptions {
  /** The folder in which taskspaces stand. */
  readonly within: string;
  readonly files?: Files;
  readonly now?: () => number;
  readonly steady?: () => number;
}

export class JournalProcess {
  readonly journal: Journal;
  readonly writer: JournalWriter;

  constructor({ within, files = nodeFiles, now, steady }: ProcessOptions) {
    const ports = {
      files,
      clock: new LapseClock({ now, steady }),
      newId: () => randomBytes(8).toString('hex'),
    };
    this.journal = new Journal({ id: 'ts', folder: path.join(within, 'ts') }, ports);
    this.writer = new JournalWriter(this.journal);
  }

  write(decide: Decide, key?: CommitKey): Promise<Written<string>> {
    const answer = (state: State): string => `commit ${state.commit}`;
    const replay = ({ number }: { number: number }): string => `commit ${number}`;
    return this.writer.commit({ by: 'ann', owner: 'ann', decide, answer, replay, key });
  }

  create(): Promise<Written<string>> {
    return this.write(createTaskspace({}));
  }

  post(content: string, key?: CommitKey): Promise<Written<string>> {
    return this.write(postMessages([{ content }]), key);
  }

  /** The number of the last message that this process sees now. */
  async lastSeq(): Promise<number> {
    return (await this.journal.catchUp()).messages.lastSeq;
  }

  close(): void {
    this.writer.close();
  }
}

/** The journal's path, for those who meddle with it. */
export function journalFile(within: string): string {
  return path.join(within, 'ts', 'journal.jsonl');
}
