import { TenderError } from '../base/errors.ts';

/**
 * Refuses memory that is too little for a guest, or more than any can have; all in MiB.
 * @param whose named in the message
 * @throws {TenderError}
 */
export function checkMemory(memory: number, least: number, most: number, whose = ''): void {
  if (Number.isSafeInteger(memory) && memory >= least && memory <= most) return;
  throw new TenderError(
    `Memory${whose} must be from ${least} to ${most} MiB, not ${memory} (--mem)`,
  );
}
