/** A process that ended sooner is not started again at once. */
const SHORT_LIFE_MS = 1000;

/** Puts another process in the place of one that has ended. */
export interface Restarts {
  /** Starts one. Where that fails, it is told and tried again later. */
  now(): void;
  /** Starts one at once, or a while later where the last one did not live long: it may never do. */
  after(lifeMs: number): void;
  /** Those that are due do not come. */
  stop(): void;
}

/**
 * @param start throws, or rejects, where it cannot
 * @param onFailure hears why not
 */
export function createRestarts(
  start: () => void | Promise<void>,
  onFailure: (message: string) => void,
): Restarts {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  function fail(error: Error): void {
    if (stopped) return;
    onFailure(error.message);
    timer = setTimeout(now, SHORT_LIFE_MS);
  }
  function now(): void {
    try {
      start()?.catch(fail);
    } catch (error) {
      fail(error as Error);
    }
  }
  return {
    now,
    after(lifeMs) {
      timer = setTimeout(now, lifeMs > SHORT_LIFE_MS ? 0 : SHORT_LIFE_MS);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
