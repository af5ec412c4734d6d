/**
 * A reporter for vitest that says how far a long run is: files done of all, tests that failed so far, time.
 * A test that is left out for a reason is named with it.
 */
const EVERY_MS = 15_000;

export class ProgressReporter {
  #began = 0;
  #saidAt = 0;
  #files = 0;
  #done = 0;
  #failed = 0;

  onTestRunStart(specifications) {
    this.#began = this.#saidAt = performance.now();
    this.#files = specifications.length;
  }

  onTestModuleEnd(module) {
    this.#done++;
    this.#failed += [...module.children.allTests('failed')].length;
    for (const { fullName, note } of leftOutIn(module))
      process.stdout.write(`-- left out: ${fullName} (${note})\n`);
    if (performance.now() < this.#saidAt + EVERY_MS && this.#done < this.#files) return;
    this.#saidAt = performance.now();
    const seconds = Math.round((performance.now() - this.#began) / 1000);
    const time = `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    process.stdout.write(`-- ${this.#done} of ${this.#files} files, ${this.#failed} failed, ${time}\n`);
  }
}

function leftOutIn(module) {
  return [...module.children.allTests('skipped')]
    .map((test) => ({ fullName: test.fullName, note: test.result().note }))
    .filter(({ note }) => note !== undefined);
}

// biome-ignore lint/style/noDefaultExport: vitest loads a reporter from a file by it.
export { ProgressReporter as default };
