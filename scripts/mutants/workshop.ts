import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mutant, mutate } from '../../test/fixtures/mutant.ts';
import { needsBuild } from './needs-build.ts';
import { type Run, runBounded } from './run-bounded.ts';
import { copyTree, removeTree, unmountAll } from './tree-copy.ts';

/** What became of a mutant. */
export interface Verdict {
  readonly mutant: Mutant;
  readonly outcome: 'killed' | 'survived' | 'accepted';
  /** The test that failed, or the step of the build. */
  readonly by: string | undefined;
  readonly seconds: number;
}

const BUILD_MS = 120_000;
/** A test that passed in a second may take this long on a busy machine. */
const MIN_TEST_MS = 30_000;
/** Times as long as the test took without the mutant. */
const PATIENCE = 5;

/** A private copy of the tree, in which one mutant at a time is tried. */
export class Workshop {
  readonly #copy: string;
  /** Whether dist/ is what the sources as they are in the copy give. */
  #built = false;

  constructor(root: string) {
    this.#copy = copyTree(root);
  }

  /** Runs a test on the tree as it is: how long it may take, and that it passes. */
  async tryTest(test: string): Promise<Run> {
    await this.#build(test);
    return runBounded(this.#copy, testArguments(test), 600_000);
  }

  /** @param secondsOf how long each test took without a mutant */
  async tryMutant(mutant: Mutant, secondsOf: ReadonlyMap<string, number>): Promise<Verdict> {
    const file = join(this.#copy, mutant.file);
    const text = readFileSync(file, 'utf8');
    const started = performance.now();
    const verdict = (outcome: Verdict['outcome'], by?: string): Verdict => {
      return { mutant, outcome, by, seconds: (performance.now() - started) / 1000 };
    };
    writeFileSync(file, mutate(mutant, text));
    this.#built = false;
    try {
      await this.#buildWasm(mutant.file);
      for (const test of mutant.tests) {
        await this.#build(test);
        const milliseconds = Math.max(
          MIN_TEST_MS,
          PATIENCE * 1000 * (secondsOf.get(test) as number),
        );
        const { end } = await runBounded(this.#copy, testArguments(test), milliseconds);
        if (end !== 'passed') {
          return verdict('killed', end === 'failed' ? test : `${test} (${end})`);
        }
      }
      return verdict(mutant.why === undefined ? 'survived' : 'accepted');
    } finally {
      // The next one would fail for these instead.
      unmountAll(this.#copy);
      writeFileSync(file, text);
      this.#built = false;
      await this.#buildWasm(mutant.file);
    }
  }

  close(): void {
    removeTree(this.#copy);
  }

  /** Without a check of the types: a mutant need not please the compiler. */
  async #build(test: string): Promise<void> {
    if (this.#built || !needsBuild(join(this.#copy, test))) return;
    await this.#step(['scripts/build.ts', '--no-check'], ['--conditions=docteur:source']);
    this.#built = true;
  }

  async #buildWasm(file: string): Promise<void> {
    if (/\/wasm\/\w+\//.test(file)) await this.#step(['scripts/build-wasm.ts'], []);
  }

  async #step(args: string[], flags: string[]): Promise<void> {
    const { end, output } = await runBounded(this.#copy, [...flags, ...args], BUILD_MS);
    if (end !== 'passed') throw new Error(`${args.join(' ')} ${end}:\n${output}`);
  }
}

function testArguments(test: string): string[] {
  return ['--conditions=docteur:source', test];
}
