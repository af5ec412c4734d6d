/**
 * A Chromium of the tests' own, driven over its debugging pipe (Chrome DevTools Protocol: JSON messages that
 * end with a NUL, to descriptor 3 and from descriptor 4).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { chromiumNotice, findChromium } from '../../scripts/chromium.mjs';

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ...['--remote-debugging-pipe', 'about:blank'],
];

type Params = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

export class Browser {
  private readonly waiting = new Map<number, (message: Message) => void>();
  private readonly listeners = new Set<(method: string, params: Params) => void>();
  private sent = 0;
  private session = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {
    let rest = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (rest + chunk).split('\0');
      rest = messages.pop() ?? '';
      for (const message of messages) this.took(JSON.parse(message) as Message);
    });
  }

  static async start(): Promise<Browser> {
    const folder = mkdtempSync(join(tmpdir(), 'taskspace-browser-'));
    const { command, env } = findChromium();
    if (command === undefined) throw new Error(chromiumNotice() ?? '');
    const child = spawn(command, [`--user-data-dir=${folder}`, ...FLAGS], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const browser = new Browser(child, folder);
    const { targetId } = await browser.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.call('Target.attachToTarget', { targetId, flatten: true });
    browser.session = String(sessionId);
    await browser.call('Browser.setDownloadBehavior', { behavior: 'deny' }, false);
    await browser.call('Page.enable');
    return browser;
  }

  /** Opens an address and gives back how it was taken: shown, downloaded, or not at all. */
  async open(url: string): Promise<'shown' | 'download' | 'failed'> {
    const loaded = this.next(['Page.loadEventFired']);
    const answer = await this.call('Page.navigate', { url });
    if (answer.isDownload === true) return 'download';
    if (answer.errorText !== undefined)
      return String(answer.errorText).includes('ABORTED') ? 'download' : 'failed';
    await loaded;
    return 'shown';
  }

  /** The value of an expression in the page that is open. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.call('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    return (result as { readonly value?: unknown }).value;
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('close', resolve));
    // Asked, not killed: its children write to the folder as long as they live.
    void this.call('Browser.close', {}, false);
    await gone;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  private next(methods: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const listener = (method: string): void => {
        if (!methods.includes(method)) return;
        this.listeners.delete(listener);
        resolve();
      };
      this.listeners.add(listener);
    });
  }

  private call(method: string, params: Params = {}, ofPage = true): Promise<Params> {
    const id = ++this.sent;
    const session = ofPage && this.session !== '' ? { sessionId: this.session } : {};
    (this.child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`${method}: ${error.message}`));
      });
    });
  }

  private took(message: Message): void {
    if (message.id !== undefined) {
      this.waiting.get(message.id)?.(message);
      this.waiting.delete(message.id);
    } else if (message.method !== undefined) {
      for (const listener of this.listeners) listener(message.method, message.params ?? {});
    }
  }
}
