import { createInflater } from '#format';
import { BUDGET, type Budget, runWithin } from './budget.ts';
import { Random } from './random.ts';
import type { FuzzTarget } from './target.ts';
import { createBitFlipTarget } from './targets/bit-flip.ts';
import { deltaTarget } from './targets/delta.ts';
import { diskHeaderTarget } from './targets/disk-headers.ts';
import { elfTarget } from './targets/elf.ts';
import { fuseTarget } from './targets/fuse.ts';
import { gitAnswersTarget } from './targets/git-answers.ts';
import { httpAnswersTarget } from './targets/http-answers.ts';
import { hypercallTarget, trapTarget } from './targets/hvt.ts';
import { idxTarget } from './targets/idx.ts';
import { createImageTarget } from './targets/image.ts';
import { inflateTarget } from './targets/inflate.ts';
import { nbdAnswersTarget } from './targets/nbd-answers.ts';
import { commitTarget, entryTarget, treeTarget } from './targets/objects.ts';
import { pathTarget } from './targets/path.ts';
import { pathIndexTarget } from './targets/path-index.ts';
import { readingTarget } from './targets/reading.ts';
import { ringTarget } from './targets/rings.ts';
import { nbdTarget, vhostTarget } from './targets/serve.ts';
import { createCommandLineTarget, frameTarget, manifestTarget } from './targets/tender.ts';

export interface Finding {
  readonly target: string;
  /** Reproduces the execution, see {@link runOnce}. */
  readonly seed: number;
  readonly error: unknown;
}

/** Everything that takes hostile input; `folder` is empty, and theirs. */
export function createTargets(folder: string): readonly FuzzTarget[] {
  return [
    deltaTarget,
    entryTarget,
    treeTarget,
    commitTarget,
    idxTarget,
    inflateTarget('inflate', createInflater),
    createImageTarget(folder),
    createBitFlipTarget(folder),
    readingTarget,
    pathTarget,
    pathIndexTarget,
    diskHeaderTarget,
    fuseTarget,
    gitAnswersTarget,
    manifestTarget,
    createCommandLineTarget(folder),
    frameTarget,
    ringTarget,
    nbdTarget,
    nbdAnswersTarget,
    httpAnswersTarget,
    vhostTarget,
    elfTarget,
    hypercallTarget,
    trapTarget,
  ];
}

/** The seed of one execution of many. */
export function seedOf(seed: number, execution: number): number {
  return new Random((Math.imul(seed, 0x9e3779b1) + execution) >>> 0).word();
}

/** One execution; gives what it found, a cost beyond the budget too. */
export async function runOnce(
  target: FuzzTarget,
  seed: number,
  budget: Budget = BUDGET,
): Promise<Finding | undefined> {
  try {
    await runWithin(budget, target, new Random(seed));
    return undefined;
  } catch (error) {
    return { target: target.name, seed, error };
  }
}
