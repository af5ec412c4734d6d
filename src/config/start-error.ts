/**
 * The end of a start that cannot succeed: one line for the operator, and the exit code.
 *
 * Thrown only before the server is ready, where the reason is found (settings, data folder, port, lock), and
 * printed in one place (cluster/start). It never reaches a client.
 */

/** Exit codes: settings are wrong (EX_CONFIG of sysexits.h), and everything else that stops a start. */
const EXIT_SETTINGS = 78;
const EXIT_START = 1;

export class StartError extends Error {
  override readonly name: string = 'StartError';

  /** @param message one line: what is wrong, and what to do. */
  constructor(
    message: string,
    readonly exitCode: number = EXIT_START,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A setting that does not parse, or that forbids the start. */
export class ConfigError extends StartError {
  override readonly name: string = 'ConfigError';

  constructor(message: string) {
    super(message, EXIT_SETTINGS);
  }
}
