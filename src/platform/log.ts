/**
 * The log: one line for each event worth a record, on stderr, as JSON or as readable text.
 *
 * stdout belongs to the line that says the server is ready. Warnings and errors are written at once, so that
 * the last one before a crash is there; lower levels are written together once per turn of the event loop.
 * Bodies, tokens and headers are never logged; fields are chosen by the caller.
 */
import {
  type DestinationStream,
  destination,
  type Logger,
  pino,
  stdSerializers,
  stdTimeFunctions,
} from 'pino';
import type { Config } from '../config/config.js';
import { oneLine } from './one-line.js';
import { textOf } from './text-line.js';

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * @param base fields of every line, like the worker's number.
 * @param out where lines go, for tests; stderr otherwise.
 */
export function createLog(
  settings: Pick<Config['log'], 'level' | 'format'>,
  base: object,
  out?: DestinationStream,
): Log {
  const write = out ? (text: string) => out.write(text) : inTurns(destination({ fd: 2, sync: true }));
  const shown = settings.format === 'json' ? (line: string) => line : textOf;
  const logger: Logger = pino(
    {
      level: settings.level,
      base,
      timestamp: stdTimeFunctions.isoTime,
      messageKey: 'message',
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
    },
    // Names given by clients (a path, a holder) must not look like a line of the log.
    { write: (line: string) => write(oneLine(shown(line)), LOUD.test(line)) },
  );
  return logger;
}

/** As pino begins the lines of warnings and worse. */
const LOUD = /^\{"level":"(?:warn|error|fatal)"/;

/** Gathers quiet lines until the turn is over: under load hundreds of them are one write. */
function inTurns(sink: DestinationStream): (text: string, loud: boolean) => void {
  let waiting = '';
  const flush = (): void => {
    const text = waiting;
    waiting = '';
    if (text !== '') sink.write(text);
  };
  process.once('exit', flush);
  return (text, loud) => {
    if (waiting === '' && !loud) setImmediate(flush);
    waiting += text;
    if (loud) flush();
  };
}
