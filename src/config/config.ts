/** The settings, read once and frozen. No other code reads process.env. */
export type Mode = 'prod' | 'dev';

export interface Config {
  readonly mode: Mode;
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** The prefix of every path behind a proxy, such as `/tasks`; '' for none. */
  readonly basePath: string;
  /** Permission bits that files and folders are made without. */
  readonly umask: number;
  /** Where taskspaces are kept. `memory`: in one process, and lost with it. */
  readonly store: 'files' | 'memory';
  /** Of the store in files. */
  readonly dataDir: string;
  readonly workers: number;
  readonly cache: {
    readonly memory: boolean;
    readonly redis: boolean;
    readonly bytesMax: number;
    /** Seconds by kind of entry: detail, dashboard, list, export, stats, search. */
    readonly ttlSeconds: Readonly<Record<string, number>>;
    readonly ttlDefaultSeconds: number;
    readonly warming: boolean;
  };
  readonly redis: { readonly url: string | null; readonly prefix: string; readonly connections: number };
  readonly bus: 'redis' | 'ipc' | 'none';
  readonly consistency: { readonly mode: 'strict' | 'bounded'; readonly stalenessMsMax: number };
  readonly retention: {
    readonly trashDays: number;
    readonly keepRevisions: number;
    readonly keepDays: number;
    readonly feedBytesMax: number;
  };
  readonly limits: {
    readonly jsonBytesMax: number;
    readonly batchBytesMax: number;
    readonly artifactBytesMax: number;
  };
  readonly access: {
    /** Whether requests need a token. */
    readonly auth: boolean;
    readonly ratePerMinute: number;
    readonly hosts: readonly string[];
    readonly corsOrigins: readonly string[];
    /** Bound to a loopback address. */
    readonly loopback: boolean;
  };
  readonly external: { readonly ignore: readonly string[] };
  readonly log: {
    /** One line at `info` for each request but those of polled routes. */
    readonly requests: boolean;
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
    readonly format: 'json' | 'text';
  };
  readonly shutdownSeconds: number;
}
