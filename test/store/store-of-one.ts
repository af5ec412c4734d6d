/** A store with one taskspace for tests: what each needs of it in few words. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { deleteArtifact, putArtifact } from '../../src/domain/artifact-command.js';
import { createTaskspace, type Decide, deleteTaskspace } from '../../src/domain/command.js';
import type { MessageInput } from '../../src/domain/message.js';
import { postMessages } from '../../src/domain/message-command.js';
import type { State } from '../../src/domain/state.js';
import type { Files } from '../../src/store/files/journal/files.js';
import { FileStore } from '../../src/store/files/store.js';
import type { TaskspaceFolder } from '../../src/store/files/taskspace-folder.js';

export const ID = 'ts';

export interface Skipped {
  readonly file: string;
  readonly reason: string;
}

export class StoreOfOne {
  readonly store: FileStore;
  readonly folder: TaskspaceFolder;
  /** Plain files that were left as they are, in order. */
  readonly skipped: Skipped[] = [];

  constructor(
    readonly dataDir: string,
    options: { files?: Files; now?: () => number } = {},
  ) {
    for (const name of ['taskspaces', 'feed']) fs.mkdirSync(path.join(dataDir, name), { recursive: true });
    const log = { warn: (fields: object) => void this.skipped.push(fields as Skipped) };
    this.store = new FileStore({ dataDir, log, ...options });
    this.store.begin();
    this.folder = this.store.open(ID);
  }

  async write(decide: Decide): Promise<number> {
    const { commit } = await this.folder.write({
      by: 'ann',
      owner: 'ann',
      decide,
      answer: () => undefined,
    });
    return commit;
  }

  create(): Promise<number> {
    return this.write(createTaskspace({}));
  }

  delete(): Promise<number> {
    return this.write(deleteTaskspace({}));
  }

  async put(name: string, text: string): Promise<void> {
    await this.folder.catchUp();
    const received = await this.folder.receive(Readable.from([Buffer.from(text)]), {
      bytesMax: 1e9,
      sha256: null,
    });
    await this.write(
      putArtifact(name, { ...received, contentType: 'text/plain', metadata: {}, message: '' }, {}),
    );
  }

  async remove(name: string): Promise<void> {
    await this.write(deleteArtifact(name, {}));
  }

  async post(messages: readonly MessageInput[]): Promise<void> {
    await this.write(postMessages(messages));
  }

  async present(): Promise<State> {
    await this.folder.catchUp();
    return this.folder.state;
  }

  /** A path in the taskspace's folder. */
  at(...names: string[]): string {
    return path.join(this.dataDir, 'taskspaces', ID, ...names);
  }

  /** The text of an artifact's plain file; null when there is none. */
  plain(name: string): string | null {
    const file = this.at('artifacts', name);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
  }

  close(): void {
    this.folder.close();
    this.store.close();
  }
}

export function sha256Of(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
