import { setTimeout } from 'node:timers/promises';

/** What the readers of stdout and stderr get for the rest of what was written. */
const FLUSH_MS = 1_000;
const LOOK_MS = 20;

/**
 * Ends the process where somebody does not read its stdout or stderr: what they hold would keep it from its end.
 * @param status the exit status then
 */
export async function leaveReaders(status: number): Promise<void> {
  const isWaiting = () => process.stdout.writableLength + process.stderr.writableLength > 0;
  for (let waited = 0; isWaiting(); waited += LOOK_MS) {
    if (waited >= FLUSH_MS) process.exit(status);
    await setTimeout(LOOK_MS);
  }
}
