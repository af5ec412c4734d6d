#!/usr/bin/env node
/**
 * Finds a Chromium for the tests that look at pages, or fetches one (see fetched-program.mjs; 100 MB).
 *
 * Usage:   node scripts/chromium.mjs       CHROMIUM=<path> names one
 * Output:  the path of the browser, and LD_LIBRARY_PATH where it needs one; or why there is none and how to
 *          get it.
 * Exit:    0 there is one; 1 there is none.
 */
import { fileURLToPath } from 'node:url';
import { findProgram, sayProgram } from './fetched-program.mjs';

const HOW = 'Install chromium, or name one with CHROMIUM=<path>.';

let found;

/** Asked again, it gives the same answer. */
export function findChromium() {
  const { CHROMIUM } = process.env;
  found ??=
    CHROMIUM === undefined
      ? findProgram({
          name: 'chromium',
          commands: ['chromium', 'chromium-browser', 'google-chrome', 'chrome'],
          packages: ['chromium', 'chromium-common'],
          file: 'usr/lib/chromium/chromium',
        })
      : { command: CHROMIUM, env: {} };
  return found;
}

/** What to say loudly at the end of a test run, or null when nothing was left out. */
export function chromiumNotice() {
  const { reason } = findChromium();
  return reason === undefined ? null : `NOT RUN: all tests that need a browser. ${reason} ${HOW}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) sayProgram(findChromium(), chromiumNotice());
