/** A process that ended sooner is not started again at once. */
const SHORT_LIFE_MS = 1000;
/** The longest pause between two attempts that fail: each asks whoever has the image. */
const LONGEST_PAUSE_MS = 30_000;

/** Puts another process in the place of one that has ended. */
export interface Restarts {
  /** Starts one. Where that fails, it is told and tried again later, ever more rarely. */
  now(): void;
  /** Starts one at once, or a while later where the last one did not live long: it may never do. */
  after(lifeMs: number): void;
  /** One that is due later comes now: what kept it from starting may be over. */
  hurry(): void;
  /** Those that are due do not come. */
  stop(): void;
}

/**
 * @param start throws, or rejects, where it cannot
 * @param onFailure hears why not; of the same reason once
 */
export function createRestarts(
  start: () => void | Promise<void>,
  onFailure: (message: string) => void,
): Restarts {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let pause = SHORT_LIFE_MS;
  let told = '';
  function fail({ message }: Error): void {
    if (stopped) return;
    if (message !== told) onFailure(message);
    told = message;
    timer = setTimeout(now, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
  function succeed(): void {
    pause = SHORT_LIFE_MS;
    told = '';
  }
  function now(): void {
    timer = undefined;
    try {
      const later = start();
      if (later === undefined) succeed();
      else later.then(succeed, fail);
    } catch (error) {
      fail(error as Error);
    }
  }
  return {
    now,
    after(lifeMs) {
      timer = setTimeout(now, lifeMs > SHORT_LIFE_MS ? 0 : SHORT_LIFE_MS);
    },
    hurry() {
      if (timer === undefined) return;
      clearTimeout(timer);
      now();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
