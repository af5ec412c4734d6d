/**
 * Six projects. `rules` keeps the code's own rules, `unit` is everything that is quick, `fault` runs real
 * processes and kills them, one file after the other, and `consistency` looks for anything old in real
 * clusters, as well. `long` and `browser` are run by name alone (`npm run test:long`).
 */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const perFile = { pool: 'forks', isolate: true, restoreMocks: true } as const;
const maxWorkers = Math.min(4, availableParallelism());

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...perFile,
          name: 'rules',
          include: ['test/rules/**/*.test.ts'],
          maxWorkers,
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...perFile,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/rules/**',
            'test/fault/**',
            'test/consistency/**',
            'test/long/**',
            'test/browser/**',
          ],
          maxWorkers,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...perFile,
          name: 'fault',
          include: ['test/fault/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...perFile,
          name: 'consistency',
          include: ['test/consistency/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...perFile,
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...perFile,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 900_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
