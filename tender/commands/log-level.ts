/** From the fewest messages on stderr to the most. */
const LEVELS = ['quiet', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LEVELS)[number];

const PREFIX = '--solo5:';

/**
 * Takes Solo5's own arguments from the head of the guest's: `--solo5:quiet` and its like set how
 * much the tender says.
 */
export function takeLogLevel(guestArguments: readonly string[]): {
  level: LogLevel;
  levels: readonly string[];
  rest: readonly string[];
} {
  let level: LogLevel = 'warn';
  let taken = 0;
  for (const argument of guestArguments) {
    const found = LEVELS.find((name) => argument === PREFIX + name);
    if (found === undefined) break;
    level = found;
    taken += 1;
  }
  return { level, levels: guestArguments.slice(0, taken), rest: guestArguments.slice(taken) };
}

/** Whether a message of level `at` is to be shown when the user asked for `level`. */
export function shows(level: LogLevel, at: LogLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(at);
}
