/**
 * The first steps of every process: its role, its settings, its log, and the one line when it cannot start.
 *
 * `dev` runs everything in one process, `prod` is the primary, and the primary starts this same program again
 * as `worker <number> <port>`. Each loads only what its role needs: loading is most of a start. A StartError
 * ends the process with its line and exit code; anything else is a defect and shows its stack.
 */
import { processEnvironment, readConfig } from '../config/environment.js';
import { ConfigError, StartError } from '../config/start-error.js';
import { createLog, type Log } from '../platform/log.js';
import type { WorkerMessage } from './ipc-messages.js';
import type { OpenServer } from './running-server.js';
import type { OpenStoreHost } from './store-host.js';

/** Wrong usage, as in every program here. */
const EXIT_USAGE = 2;

export interface Program {
  /** The file of the running program, which workers run as well. */
  readonly exec: string;
  /** The arguments after the program on the command line. */
  readonly args: readonly string[];
  readonly version: string;
  readonly openStoreHost: OpenStoreHost;
  readonly openServer: OpenServer;
  /** What the steward runs; absent: there is none. */
  readonly openSteward?: OpenServer;
}

/** Runs until the process exits. */
export async function start(program: Program): Promise<void> {
  // The reader of stdout or stderr may exit; that is no reason to stop serving.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    await startRole(program);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    tellParent({ type: 'fatal', exitCode: error.exitCode, message: error.message });
    process.stderr.write(`${error.message}\n`, () => process.exit(error.exitCode));
  }
}

/** `npm run dev` starts the program again after a change, but not after a StartError. */
function tellParent(message: WorkerMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

async function startRole(program: Program): Promise<void> {
  const { exec, args, version, openStoreHost, openServer, openSteward } = program;
  const [role, number, port] = args;
  const unknown = role === 'worker' ? undefined : args[1];
  if (unknown !== undefined) throw new StartError(noArguments(unknown), EXIT_USAGE);
  if (role === 'dev') {
    const config = readConfig(processEnvironment(), 'dev', version);
    process.umask(config.umask);
    const { runDev } = await import('./dev.js');
    return runDev(config, logOf(config.log, {}), openStoreHost, openServer);
  }
  const config = readConfig(processEnvironment(), 'prod', version);
  process.umask(config.umask);
  if (role === 'prod') {
    const log = logOf(config.log, { pid: process.pid });
    const { runPrimary } = await import('./primary.js');
    return runPrimary(config, log, openStoreHost, { exec, steward: openSteward !== undefined });
  }
  const { runWorker } = await import('./worker.js');
  if (role === 'steward' && openSteward) {
    return runWorker(config, logOf(config.log, { steward: true }), 0, openSteward);
  }
  if (role === 'worker' && number !== undefined && port !== undefined) {
    const worker = Number(number);
    return runWorker({ ...config, port: Number(port) }, logOf(config.log, { worker }), worker, openServer);
  }
  throw new ConfigError('The first argument says what to run: prod or dev. Start it with `npm run prod`.');
}

/** An argument without an effect would be believed to have one. */
function noArguments(given: string): string {
  const name = /^--?([a-z][a-z-]*)/.exec(given)?.[1]?.replaceAll('-', '_').toUpperCase();
  const example = name === undefined ? 'PORT=8080' : `${name}=…`;
  return `The server takes no arguments (${given}): settings are environment variables, such as ${example}. README has them all.`;
}

/** The log, and the last line of a process that a defect ends. */
function logOf(settings: Parameters<typeof createLog>[0], base: object): Log {
  const log = createLog(settings, base);
  process.on('uncaughtException', (error, origin) => {
    log.error({ err: error, origin }, 'A defect ends this process');
    process.exit(1);
  });
  return log;
}
