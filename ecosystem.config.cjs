/**
 * For PM2: `pm2 start ecosystem.config.cjs`. One entry, because the server forks its own workers; PM2 signals the
 * primary alone (`treekill: false`), which drains them, and waits longer than that takes. `pm2 reload` and `restart`
 * stop the server for a moment: `kill -HUP <pid of the primary>` replaces the workers without one.
 */
const drainSeconds = Number(process.env.SHUTDOWN_SECONDS || 25);

module.exports = {
  apps: [
    {
      name: 'taskspace',
      script: 'scripts/prod.mjs',
      exec_mode: 'fork',
      instances: 1,
      kill_timeout: (drainSeconds + 10) * 1000,
      treekill: false,
      // 78: the settings are wrong, and starting again would not help. Not 0: to PM2 that is also a death by SIGKILL.
      stop_exit_codes: [78],
      exp_backoff_restart_delay: 500,
    },
  ],
};
