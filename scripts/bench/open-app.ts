/** The use cases over a data folder in this process, with nothing else of a server. */
import { type AppOptions, openApp, type RunningApp } from '../../src/app/open-app.js';
import { openStore } from '../../src/compose.js';
import type { Config } from '../../src/config/config.js';
import { readConfig } from '../../src/config/environment.js';

const LOG = { warn: () => undefined };

/** @param optionsOf what the settings decide. */
export function openInProcess(
  env: Record<string, string>,
  optionsOf: (config: Config) => Partial<Pick<AppOptions, 'tiers' | 'housekeeping'>> = () => ({}),
): Promise<RunningApp> {
  const config = readConfig(env, 'prod', '0.0.0-bench');
  return openApp({ config, log: LOG, store: openStore(config, LOG), ...optionsOf(config) });
}
