/**
 * The steward: the one process beside the workers that does what no request should wait for (snapshots, feed
 * retention, warming). It answers no request and may be killed at any time: all it makes can be made again.
 */
import { compose } from './compose.js';
import type { OpenServer } from './running-server.js';

export const openSteward: OpenServer = async ({ config, log, worker }) => {
  const { close } = await compose({ config, log, worker, role: 'steward' });
  return {
    async close() {
      await close();
      return true;
    },
  };
};
