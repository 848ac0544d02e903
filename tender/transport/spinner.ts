import { clock } from '../base/clock.ts';

/** Longest time to look before sleeping, in ms: about what two wake-ups cost. */
const SPIN_MS = 0.05;
/** Looks at the memory between two looks at the clock. */
const LOOKS = 32;
/** After looking in vain, this many waits skip looking; twice as many the next time. */
const FIRST_PAUSE = 8;
const LONGEST_PAUSE = 512;

/**
 * Looks into shared memory for a moment before its reader goes to sleep: the other side, if
 * it runs on another core, answers sooner than the kernel can wake anybody. Where that is in vain,
 * because the other side computes or waits for a core itself, it is tried ever more rarely.
 */
export class Spinner {
  readonly #enabled: boolean;
  #pause = 0;
  #waitsToSkip = 0;

  /** @param enabled false where there is one core: the other side could not run meanwhile */
  constructor(enabled: boolean) {
    this.#enabled = enabled;
  }

  /** True as soon as there is news, false where that takes too long. */
  sees(news: () => boolean): boolean {
    if (news()) return true;
    if (!this.#enabled) return false;
    if (this.#waitsToSkip > 0) {
      this.#waitsToSkip -= 1;
      return false;
    }
    const end = clock() + SPIN_MS;
    do {
      for (let look = 0; look < LOOKS; look += 1) {
        if (news()) {
          this.#pause = 0;
          return true;
        }
      }
    } while (clock() < end);
    this.#pause = Math.min(this.#pause * 2 || FIRST_PAUSE, LONGEST_PAUSE);
    this.#waitsToSkip = this.#pause;
    return false;
  }
}
