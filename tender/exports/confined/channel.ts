import { writeSync } from 'node:fs';

/** Of a confined server's process: where its descriptors are; those that it was given follow. */
export const CHANNEL_FD = 3;
export const FIRST_GIVEN_FD = 4;

/** Tells whoever started this process, a line of JSON. */
export function tell(event: { readonly event: string }): void {
  try {
    writeSync(CHANNEL_FD, `${JSON.stringify(event)}\n`);
  } catch {
    // Whoever started this process has gone: the kernel ends it too.
  }
}
