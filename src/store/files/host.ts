/** The store in files as the primary sees it: the prepared data folder, the beginning and end of a start. */
import { countTaskspaces, prepareDataDir } from './data-dir.js';
import { beginFeed } from './feed/begin.js';
import { markCleanStop } from './feed/start.js';
import { closeSecret } from './secret.js';
import { StoreIdentity } from './store-identity.js';

export class FileHost {
  private identity: StoreIdentity | null = null;

  private constructor(readonly dir: string) {}

  /** @param path absolute; made when it is missing. @throws StartError when the folder cannot serve. */
  static async open(path: string): Promise<FileHost> {
    return new FileHost((await prepareDataDir(path)).dir);
  }

  begin(): string[] {
    beginFeed(this.dir);
    this.identity = new StoreIdentity(this.dir);
    const exposure = closeSecret(this.dir);
    return exposure === null ? [] : [exposure];
  }

  restore(): string[] {
    return this.identity?.restore() ?? [];
  }

  count(): Promise<number> {
    return countTaskspaces(this.dir);
  }

  end(): void {
    markCleanStop(this.dir);
  }
}
