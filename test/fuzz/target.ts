import type { Random } from './random.ts';

/** What an execution tells of its costs. */
export interface Spent {
  /** Bytes that the code under test put out: files, messages, lines. */
  output: number;
}

/** Something that takes hostile input. */
export interface FuzzTarget {
  readonly name: string;
  /** Its share of the time; 1 if absent. */
  readonly weight?: number;
  /**
   * One execution with an input made from `random` alone. Throws where the code under test does
   * what it promises never to do. Adds to `spent` what was put out.
   */
  run(random: Random, spent: Spent): void | Promise<void>;
}

/** What `call` gives, undefined if it throws one of `expected`; every other error is a finding. */
export function refused<Value>(
  expected: (new (...parameters: never[]) => Error)[],
  call: () => Value,
): Value | undefined {
  try {
    return call();
  } catch (error) {
    if (expected.some((type) => error instanceof type)) return undefined;
    throw error;
  }
}

/** A finding: something that is not as promised, without an error of its own. */
export function insist(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
